import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";
import type { KeyScheme } from "@subnetkit/shared/crypto/keypair";
import { allSr25519, type SchemeOf } from "@subnetkit/shared/crypto/scheme-of";
import type { CallersStake } from "../scheduler/policy.ts";
import { networkOf } from "./network-of.ts";

/** A registered hotkey, as far as admission needs it. */
export type Caller = {
  readonly hotkey: string;
  /** What it signs with; from configuration, never from a request. */
  readonly scheme: KeyScheme;
  readonly stakeRao: bigint;
  readonly validatorPermit: boolean;
  /** The network (as `networkOf` names it) of the axon it has announced itself. */
  readonly network?: string | undefined;
};

/** Who is registered on the subnet, by the last metagraph. Replaced as a whole, read for every request. */
export type Callers = {
  find(hotkey: string): Caller | undefined;
  replace(metagraph: Metagraph): void;
  /** How many of them `admits` lets in. */
  count(admits: (caller: Caller) => boolean): number;
  /** Hotkeys with a permit that have announced their axon in this network. */
  announcedIn(network: string): readonly string[];
  /** The stake weights of those with a permit; all 0 while nobody is known. */
  stake(): CallersStake;
  /** Block of the metagraph, undefined before the first. */
  block(): number | undefined;
};

/** An empty book: until the first metagraph nobody is known, and nobody is let in. */
export function createCallers(schemeOf: SchemeOf = allSr25519): Callers {
  let byHotkey: ReadonlyMap<string, Caller> = new Map();
  let announced: ReadonlyMap<string, readonly string[]> = new Map();
  let stake: CallersStake = { topRao: 0, totalRao: 0, callers: 0 };
  let block: number | undefined;
  return {
    find: (hotkey) => byHotkey.get(hotkey),
    replace: (metagraph) => {
      byHotkey = new Map(metagraph.neurons.map((neuron) => [neuron.hotkey, callerOf(neuron, schemeOf)]));
      const permitted = [...byHotkey.values()].filter(({ validatorPermit }) => validatorPermit);
      announced = announcedBy(permitted);
      const stakes = permitted.map(({ stakeRao }) => Number(stakeRao));
      const totalRao = stakes.reduce((sum, rao) => sum + rao, 0);
      stake = { topRao: Math.max(0, ...stakes), totalRao, callers: stakes.length };
      block = metagraph.block;
    },
    count: (admits) => [...byHotkey.values()].filter(admits).length,
    announcedIn: (network) => announced.get(network) ?? [],
    stake: () => stake,
    block: () => block,
  };
}

function announcedBy(callers: readonly Caller[]): ReadonlyMap<string, readonly string[]> {
  const hotkeysIn = new Map<string, string[]>();
  for (const { hotkey, network } of callers) {
    if (network === undefined) continue;
    const hotkeys = hotkeysIn.get(network) ?? [];
    hotkeys.push(hotkey);
    hotkeysIn.set(network, hotkeys);
  }
  return hotkeysIn;
}

function callerOf({ hotkey, totalStakeRao, validatorPermit, axon }: Neuron, schemeOf: SchemeOf): Caller {
  const network = axon === undefined ? undefined : networkOf(axon.ip);
  return { hotkey, scheme: schemeOf(hotkey), stakeRao: totalStakeRao, validatorPermit, network };
}

import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { bareHex } from "@subnetkit/shared/util/bytes";
import type { PlannedMiner } from "../round/plan-record.ts";

export type ChooseInput = {
  readonly metagraph: Metagraph;
  readonly ownHotkey: string;
  /** Moving averages by hotkey. */
  readonly scores: ReadonlyMap<string, number>;
  /** TLS fingerprints that miners publish. */
  readonly fingerprints: ReadonlyMap<string, Uint8Array>;
  readonly count: number;
  /** Random numbers in [0, 1); users' traffic need not be repeatable. */
  readonly random: () => number;
};

/**
 * The miners that a user's request goes to, one after the other until one answers: drawn by score without repetition, so that work goes where it is done well and
 * nobody gets all of it. Before anybody has a score, all with an address are equal. Pure but for `random`.
 */
export function chooseMiners({
  metagraph,
  ownHotkey,
  scores,
  fingerprints,
  count,
  random,
}: ChooseInput): PlannedMiner[] {
  const reachable = metagraph.neurons.filter(({ hotkey, axon }) => axon !== undefined && hotkey !== ownHotkey);
  const good = reachable.filter(({ hotkey }) => (scores.get(hotkey) ?? 0) > 0);
  const left = (good.length > 0 ? good : reachable).map((neuron) => ({
    neuron,
    weight: good.length > 0 ? (scores.get(neuron.hotkey) ?? 0) : 1,
  }));
  const chosen: PlannedMiner[] = [];
  while (left.length > 0 && chosen.length < count) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const [next] = left.splice(indexAt(left, random() * total), 1);
    if (next === undefined) break;
    const { hotkey, uid, axon } = next.neuron;
    const fingerprint = fingerprints.get(hotkey);
    chosen.push({
      hotkey,
      uid,
      endpoint:
        axon === undefined ? null : { ip: axon.ip, port: axon.port, ipType: axon.ipType, version: axon.version },
      ...(fingerprint === undefined ? {} : { fingerprint: bareHex(fingerprint) }),
    });
  }
  return chosen;
}

/** Where a point falls on the weights laid end to end; the last one where rounding puts it beyond. */
function indexAt(parts: readonly { readonly weight: number }[], point: number): number {
  let end = 0;
  const found = parts.findIndex(({ weight }) => {
    end += weight;
    return point < end;
  });
  return found < 0 ? parts.length - 1 : found;
}

import { composeCall } from "@subnetkit/chain/client/call";
import { raoPerTao, readBalance } from "@subnetkit/chain/client/balances";
import type { ChainClient } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { burnedRegister } from "@subnetkit/chain/client/register";
import { serveAxon } from "@subnetkit/chain/client/serve";
import { addStake } from "@subnetkit/chain/client/stake";
import { readNumber } from "@subnetkit/chain/client/storage";
import { type SubmitOptions, requireIncluded, submitCall } from "@subnetkit/chain/client/submit";
import { registerNetwork, type SettingChange, settingCall, startCall, sudoCall } from "@subnetkit/chain/client/subnet";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { devKey, OWNER_URI, SUDO_URI } from "./keys.ts";
import type { NetworkPlan, PlannedMiner, PlannedValidator } from "./plan.ts";

/** What set-up found and did. `added` counts registrations made now; `created` says whether the subnet is new. */
export type SetUpResult = {
  readonly netuid: number;
  readonly created: boolean;
  readonly added: number;
  readonly neurons: number;
};

export type SetUpOptions = {
  readonly plan: NetworkPlan;
  /** Blocks of an epoch. */
  readonly tempo: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  /** Called once, as soon as the subnet exists: its neurons may not be registered yet. */
  readonly onNetuid?: (netuid: number) => void;
};

/** The address that stands for "this machine" on a chain that refuses 127.0.0.1. */
const LOOPBACK_STAND_IN = "0.0.0.1";
/** What a coldkey needs beside its stake: a registration at its dearest (100 TAO) and fees. */
const SPARE_TAO = 110n;
/** For the owner: the price of a subnet on a new chain is 1,000 TAO and may have risen a little. */
const OWNER_TAO = 5_000n;
const STEP_DEADLINE_MS = 20_000;
/** How many calls one batch holds at most: far below a block's room. */
const BATCH = 100;

/**
 * Brings the chain to the state the plan needs, by ordinary extrinsics: coldkeys funded, the subnet registered, set and started, every
 * hotkey registered, validators staked, offline miners announced. Looks first and does only what is missing, so a network that resumes does
 * nothing here. Throws E_CHAIN_REFUSED naming the call that was refused.
 */
export async function setUpSubnet(client: ChainClient, options: SetUpOptions): Promise<SetUpResult> {
  const { plan, onProgress } = options;
  const submit: SubmitOptions = { deadlineMs: STEP_DEADLINE_MS, log: options.log, signal: options.signal };
  const known = await findSubnet(client, plan);
  if (known === undefined) {
    onProgress("funding the coldkeys");
    await prepareChain(client, plan, submit);
  } else {
    await fund(client, missingFunds(plan, known), submit);
  }
  const netuid = known?.netuid ?? (await createSubnet(client, plan, submit));
  options.onNetuid?.(netuid);
  if (known === undefined) {
    onProgress(`subnet ${netuid}: registering ${plan.validators.length + plan.miners.length} hotkeys`);
    await configureSubnet(client, netuid, options.tempo, submit);
  }
  const added = await registerMissing(client, netuid, plan, known, submit);
  onProgress(`subnet ${netuid}: staking`);
  await stakeMissing(client, netuid, plan, known, submit);
  await announceOffline(client, netuid, plan.miners, known, submit);
  const after = await fetchMetagraph(client, netuid);
  const absent = [...plan.validators, ...plan.miners].filter(({ hotkey }) => uidOf(after, hotkey) === undefined);
  if (absent.length > 0)
    throw appError("E_STATE_LOST", { what: `${absent[0]?.name} is not registered on subnet ${netuid}` });
  return { netuid, created: known === undefined, added, neurons: after.neurons.length };
}

/** The uid of a hotkey (ss58), or undefined. */
export function uidOf(metagraph: Metagraph, hotkey: string): number | undefined {
  return metagraph.neurons.find((neuron) => neuron.hotkey === hotkey)?.uid;
}

/** The subnet that validator 0's hotkey owns, if the chain has one. */
async function findSubnet(client: ChainClient, plan: NetworkPlan): Promise<Metagraph | undefined> {
  const networks = await readNumber(client, "subtensorModule", "totalNetworks");
  const owner = plan.validators[0]?.hotkey;
  // Root is counted too and is netuid 0; a chain of ours has a handful.
  for (let netuid = 1; netuid < networks; netuid++) {
    const metagraph = await fetchMetagraph(client, netuid);
    if (metagraph.ownerHotkey === owner) return metagraph;
  }
  return undefined;
}

async function prepareChain(client: ChainClient, plan: NetworkPlan, submit: SubmitOptions): Promise<void> {
  const settings: SettingChange[] = [
    { name: "adminFreezeWindowBlocks", value: 0 },
    { name: "ownerHyperparamRateLimitEpochs", value: 0 },
    { name: "networkRateLimitBlocks", value: 0 },
  ];
  const calls = settings.map((change) => sudoCall(client, settingCall(client, change)));
  await batch(client, calls, submit);
  const owner = { uri: OWNER_URI, rao: (OWNER_TAO + BigInt(stakeOf(plan, 0))) * raoPerTao };
  const others = [...plan.validators.slice(1), ...plan.miners].map(fundsOf);
  await fund(client, [owner, ...others], submit);
}

type Funds = { readonly uri: string; readonly rao: bigint };

function fundsOf(neuron: PlannedValidator | PlannedMiner): Funds {
  const stake = "stakeTao" in neuron ? BigInt(neuron.stakeTao) : 0n;
  return { uri: neuron.uris.coldkey, rao: (stake + SPARE_TAO) * raoPerTao };
}

function missingFunds(plan: NetworkPlan, known: Metagraph): Funds[] {
  return [...plan.validators.slice(1), ...plan.miners]
    .filter(({ hotkey }) => uidOf(known, hotkey) === undefined)
    .map(fundsOf);
}

function stakeOf(plan: NetworkPlan, index: number): number {
  return plan.validators[index]?.stakeTao ?? 0;
}

/** Tops accounts up to what they need, from the sudo account, in one batch. */
async function fund(client: ChainClient, wanted: readonly Funds[], submit: SubmitOptions): Promise<void> {
  const accounts = await Promise.all(
    wanted.map(async ({ uri, rao }) => {
      const { address } = devKey(uri);
      const { freeRao } = await readBalance(client, address);
      return { address, lacking: rao - freeRao };
    }),
  );
  const calls = accounts
    .filter(({ lacking }) => lacking > 0n)
    .map(({ address, lacking }) => composeCall(client, "balances", "transferKeepAlive", [address, lacking]));
  await batch(client, calls, submit);
}

async function batch(
  client: ChainClient,
  calls: readonly ReturnType<typeof composeCall>[],
  submit: SubmitOptions,
): Promise<void> {
  const sudo = devKey(SUDO_URI);
  const chunks = Array.from({ length: Math.ceil(calls.length / BATCH) }, (_, i) =>
    calls.slice(i * BATCH, (i + 1) * BATCH),
  );
  await Promise.all(
    chunks.map(async (chunk) => {
      const call = composeCall(client, "utility", "batchAll", [chunk]);
      requireIncluded(await submitCall(client, call, sudo, submit), "utility.batchAll");
    }),
  );
}

async function createSubnet(client: ChainClient, plan: NetworkPlan, submit: SubmitOptions): Promise<number> {
  const hotkey = plan.validators[0]?.hotkey ?? "";
  const { submission, netuid } = await registerNetwork(client, { hotkey, coldkey: devKey(OWNER_URI) }, submit);
  requireIncluded(submission, "subtensorModule.registerNetwork");
  if (netuid === undefined) throw appError("E_STATE_LOST", { what: "registering the subnet gave no netuid" });
  return netuid;
}

async function configureSubnet(
  client: ChainClient,
  netuid: number,
  tempo: number,
  submit: SubmitOptions,
): Promise<void> {
  const settings: SettingChange[] = [
    { name: "tempo", value: tempo, netuid },
    { name: "weightsRateLimitBlocks", value: 0, netuid },
    { name: "servingRateLimitBlocks", value: 0, netuid },
    { name: "emissionEnabled", value: true, netuid },
  ];
  await Promise.all([
    batch(
      client,
      settings.map((change) => sudoCall(client, settingCall(client, change))),
      submit,
    ),
    startCall(client, { netuid, coldkey: devKey(OWNER_URI) }, submit).then((result) =>
      requireIncluded(result, "subtensorModule.startCall"),
    ),
  ]);
}

/** Registers in the order of the plan, so that uids follow it: validators first, then miners as the subnet lists them. */
async function registerMissing(
  client: ChainClient,
  netuid: number,
  plan: NetworkPlan,
  known: Metagraph | undefined,
  submit: SubmitOptions,
): Promise<number> {
  const owned = plan.validators[0]?.hotkey;
  const missing = [...plan.validators, ...plan.miners].filter(({ hotkey }) => {
    return known === undefined ? hotkey !== owned : uidOf(known, hotkey) === undefined;
  });
  const results = missing.map(async ({ hotkey, uris }) => {
    const submission = await burnedRegister(client, { netuid, hotkey, coldkey: devKey(uris.coldkey) }, submit);
    requireIncluded(submission, "subtensorModule.burnedRegister");
  });
  await Promise.all(results);
  return missing.length;
}

async function stakeMissing(
  client: ChainClient,
  netuid: number,
  plan: NetworkPlan,
  known: Metagraph | undefined,
  submit: SubmitOptions,
): Promise<void> {
  const unstaked = plan.validators.filter(({ hotkey }) => {
    const neuron = known?.neurons.find((candidate) => candidate.hotkey === hotkey);
    return neuron === undefined || neuron.alphaStakeRao === 0n;
  });
  await Promise.all(
    unstaked.map(async ({ hotkey, uris, stakeTao }) => {
      const amountRao = BigInt(stakeTao) * raoPerTao;
      const submission = await addStake(client, { netuid, hotkey, amountRao, coldkey: devKey(uris.coldkey) }, submit);
      requireIncluded(submission, "subtensorModule.addStake");
    }),
  );
}

/** A miner that is offline still has its address on the chain, as one that crashed has: validators ask it and get no answer. */
async function announceOffline(
  client: ChainClient,
  netuid: number,
  miners: readonly PlannedMiner[],
  known: Metagraph | undefined,
  submit: SubmitOptions,
): Promise<void> {
  const silent = miners.filter(({ hotkey, offline }) => {
    return offline && known?.neurons.find((neuron) => neuron.hotkey === hotkey)?.axon === undefined;
  });
  await Promise.all(
    silent.map(async ({ uris, axonPort }) => {
      const axon = { ip: LOOPBACK_STAND_IN, port: axonPort, version: 1, protocol: 4 };
      const submission = await serveAxon(client, { netuid, hotkey: devKey(uris.hotkey), axon }, submit);
      requireIncluded(submission, "subtensorModule.serveAxon");
    }),
  );
}

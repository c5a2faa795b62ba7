import { appError } from "@subnetkit/shared/errors/app-error";
import type { Codec } from "@polkadot/types/types";
import { z } from "zod";
import { accountAddress } from "./account-address.ts";
import { type AxonInfo, axonInfoOf } from "./axon-address.ts";
import type { ChainClient } from "./chain-client.ts";
import { type AtBlock, callRuntime, readNumber, readStorage } from "./storage.ts";

/** One neuron of a subnet. Amounts are rao (of alpha for stake and emission), shares are u16 fractions of 65,535. */
export type Neuron = {
  readonly uid: number;
  /** ss58. */
  readonly hotkey: string;
  /** ss58. */
  readonly coldkey: string;
  /** Undefined when the neuron never announced an address. */
  readonly axon: AxonInfo | undefined;
  readonly active: boolean;
  readonly validatorPermit: boolean;
  /** Block of the last weights (or of the last commit with commit-reveal on). */
  readonly lastUpdate: number;
  /** Alpha of the last epoch. */
  readonly emissionRao: bigint;
  readonly dividends: number;
  readonly incentive: number;
  readonly consensus: number;
  readonly validatorTrust: number;
  readonly alphaStakeRao: bigint;
  readonly taoStakeRao: bigint;
  /** The stake weight that the epoch and the stake floors use. */
  readonly totalStakeRao: bigint;
  readonly registeredAt: number;
};

/** The settings of a subnet that miners and validators act on. */
export type SubnetHyperparameters = {
  readonly kappa: number;
  readonly immunityPeriodBlocks: number;
  readonly minAllowedWeights: number;
  readonly weightsVersionKey: bigint;
  readonly weightsRateLimitBlocks: number;
  readonly activityCutoffBlocks: number;
  readonly maxValidators: number;
  readonly maxUids: number;
  readonly burnRao: bigint;
  readonly registrationAllowed: boolean;
  readonly servingRateLimitBlocks: number;
  readonly commitRevealEnabled: boolean;
  readonly commitRevealPeriodEpochs: number;
};

/** A subnet as of one block: plain data, safe to keep. */
export type Metagraph = {
  readonly netuid: number;
  readonly name: string;
  readonly block: number;
  readonly tempo: number;
  /** Block of the last epoch that ran. */
  readonly lastStep: number;
  readonly blocksSinceLastStep: number;
  readonly registeredAt: number;
  readonly ownerHotkey: string;
  readonly ownerColdkey: string;
  /** Pool reserves. */
  readonly alphaInRao: bigint;
  readonly alphaOutRao: bigint;
  readonly taoInRao: bigint;
  readonly hyperparameters: SubnetHyperparameters;
  /** Index = uid. */
  readonly neurons: readonly Neuron[];
};

/** polkadot.js renders whole numbers beyond 53 bits as hex text, smaller ones as numbers. */
const whole = z.union([z.number(), z.string()]).transform(Number);
const big = z.union([z.number(), z.string()]).transform((value) => BigInt(value));

const axonSchema = z.object({ block: whole, version: whole, ip: big, port: whole, ipType: whole, protocol: whole });

/** The fields this client needs of `Metagraph` (spec/subtensor-interface.md 4.2), under polkadot.js's names. */
const metagraphSchema = z.object({
  netuid: whole,
  name: z.array(whole),
  networkRegisteredAt: whole,
  ownerHotkey: z.string(),
  ownerColdkey: z.string(),
  block: whole,
  tempo: whole,
  lastStep: whole,
  blocksSinceLastStep: whole,
  alphaIn: big,
  alphaOut: big,
  taoIn: big,
  kappa: whole,
  minAllowedWeights: whole,
  weightsVersion: big,
  weightsRateLimit: whole,
  activityCutoff: whole,
  maxValidators: whole,
  maxUids: whole,
  burn: big,
  registrationAllowed: z.boolean(),
  immunityPeriod: whole,
  servingRateLimit: whole,
  commitRevealWeightsEnabled: z.boolean(),
  commitRevealPeriod: whole,
  hotkeys: z.array(z.string()),
  coldkeys: z.array(z.string()),
  axons: z.array(axonSchema),
  active: z.array(z.boolean()),
  validatorPermit: z.array(z.boolean()),
  lastUpdate: z.array(whole),
  emission: z.array(big),
  dividends: z.array(whole),
  incentives: z.array(whole),
  consensus: z.array(whole),
  blockAtRegistration: z.array(whole),
  alphaStake: z.array(big),
  taoStake: z.array(big),
  totalStake: z.array(big),
});

/**
 * The whole subnet in one runtime call plus the validator-trust vector, which `Metagraph` does not carry, read at the same block.
 * Throws E_SUBNET_UNKNOWN, E_CHAIN_SHAPE and the errors of `rpc`.
 */
export async function fetchMetagraph(client: ChainClient, netuid: number, { at }: AtBlock = {}): Promise<Metagraph> {
  const block = at ?? client.head().hash;
  const [result, trust] = await Promise.all([
    callRuntime(
      client,
      { api: "subnetInfoRuntimeApi", method: "getMetagraph", wireName: "SubnetInfoRuntimeApi_get_metagraph" },
      u16Bytes(netuid),
      { at: block },
    ),
    readVector(client, "validatorTrust", netuid, block),
  ]);
  return metagraphOf(plainMetagraph(result), trust, netuid);
}

/** What {@link metagraphOf} needs of the decoded result, as `toJSON` renders it; that renders all of it, and makes every address anew. */
function plainMetagraph(result: Codec): unknown {
  const metagraph = isOption(result) ? (result.isSome ? result.unwrap() : undefined) : result;
  if (!isFields(metagraph)) return metagraph === undefined ? null : metagraph.toJSON();
  return Object.fromEntries(
    Object.keys(metagraphSchema.shape).map((name) => {
      const value = metagraph.get(name);
      return [name, accountFields.has(name) && value !== undefined ? addressesOf(value) : value?.toJSON()];
    }),
  );
}

const accountFields: ReadonlySet<string> = new Set(["ownerHotkey", "ownerColdkey", "hotkeys", "coldkeys"]);

/** An account as its address, a list of them as theirs. */
function addressesOf(value: Codec): string | readonly string[] {
  return Array.isArray(value)
    ? (value as Codec[]).map((account) => accountAddress(account.toU8a(true)))
    : accountAddress(value.toU8a(true));
}

function isOption(value: Codec): value is Codec & { readonly isSome: boolean; unwrap(): Codec } {
  return "isSome" in value && "unwrap" in value;
}

function isFields(value: Codec | undefined): value is Codec & ReadonlyMap<string, Codec> {
  return value instanceof Map;
}

/** Checks and reshapes the decoded runtime result. Pure. */
export function metagraphOf(json: unknown, validatorTrust: readonly number[], netuid: number): Metagraph {
  if (json === null) throw appError("E_SUBNET_UNKNOWN", { netuid });
  const parsed = metagraphSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw appError("E_CHAIN_SHAPE", { what: "metagraph", reason: `${issue?.path.join(".")}: ${issue?.message}` });
  }
  const m = parsed.data;
  return {
    netuid: m.netuid,
    name: Buffer.from(m.name).toString("utf8"),
    block: m.block,
    tempo: m.tempo,
    lastStep: m.lastStep,
    blocksSinceLastStep: m.blocksSinceLastStep,
    registeredAt: m.networkRegisteredAt,
    ownerHotkey: m.ownerHotkey,
    ownerColdkey: m.ownerColdkey,
    alphaInRao: m.alphaIn,
    alphaOutRao: m.alphaOut,
    taoInRao: m.taoIn,
    hyperparameters: {
      kappa: m.kappa,
      immunityPeriodBlocks: m.immunityPeriod,
      minAllowedWeights: m.minAllowedWeights,
      weightsVersionKey: m.weightsVersion,
      weightsRateLimitBlocks: m.weightsRateLimit,
      activityCutoffBlocks: m.activityCutoff,
      maxValidators: m.maxValidators,
      maxUids: m.maxUids,
      burnRao: m.burn,
      registrationAllowed: m.registrationAllowed,
      servingRateLimitBlocks: m.servingRateLimit,
      commitRevealEnabled: m.commitRevealWeightsEnabled,
      commitRevealPeriodEpochs: m.commitRevealPeriod,
    },
    // Vectors may be shorter than the neuron list (a fresh subnet before its first epoch): missing entries are zero.
    neurons: m.hotkeys.map((hotkey, uid) => ({
      uid,
      hotkey,
      coldkey: m.coldkeys[uid] ?? "",
      axon: axonInfoOf(m.axons[uid]),
      active: m.active[uid] ?? false,
      validatorPermit: m.validatorPermit[uid] ?? false,
      lastUpdate: m.lastUpdate[uid] ?? 0,
      emissionRao: m.emission[uid] ?? 0n,
      dividends: m.dividends[uid] ?? 0,
      incentive: m.incentives[uid] ?? 0,
      consensus: m.consensus[uid] ?? 0,
      validatorTrust: validatorTrust[uid] ?? 0,
      alphaStakeRao: m.alphaStake[uid] ?? 0n,
      taoStakeRao: m.taoStake[uid] ?? 0n,
      totalStakeRao: m.totalStake[uid] ?? 0n,
      registeredAt: m.blockAtRegistration[uid] ?? 0,
    })),
  };
}

/** What changed between two metagraphs of one subnet, by hotkey: a uid that changed hands is one neuron that left and one that joined. */
export type MetagraphDiff = {
  readonly joined: readonly Neuron[];
  readonly left: readonly Neuron[];
  /** Same hotkey, other uid. */
  readonly moved: readonly { readonly hotkey: string; readonly from: number; readonly to: number }[];
  /** Same hotkey, other address or protocol. */
  readonly readdressed: readonly Neuron[];
  /** Same hotkey, permit gained or lost. */
  readonly permitChanged: readonly Neuron[];
};

/** Compares two metagraphs; `before` undefined means that everything is new. Pure. */
export function diffMetagraph(before: Metagraph | undefined, after: Metagraph): MetagraphDiff {
  const known = new Map(before?.neurons.map((neuron) => [neuron.hotkey, neuron]));
  const present = new Set(after.neurons.map((neuron) => neuron.hotkey));
  const kept = after.neurons.flatMap((neuron) => {
    const earlier = known.get(neuron.hotkey);
    return earlier === undefined ? [] : [{ neuron, earlier }];
  });
  return {
    joined: after.neurons.filter((neuron) => !known.has(neuron.hotkey)),
    left: [...known.values()].filter((neuron) => !present.has(neuron.hotkey)),
    moved: kept
      .filter(({ neuron, earlier }) => neuron.uid !== earlier.uid)
      .map(({ neuron, earlier }) => ({ hotkey: neuron.hotkey, from: earlier.uid, to: neuron.uid })),
    readdressed: kept.filter(({ neuron, earlier }) => !sameAxon(neuron.axon, earlier.axon)).map(({ neuron }) => neuron),
    permitChanged: kept
      .filter(({ neuron, earlier }) => neuron.validatorPermit !== earlier.validatorPermit)
      .map(({ neuron }) => neuron),
  };
}

/** The neuron of a hotkey, or undefined when it is not registered. */
export function neuronOf(metagraph: Metagraph, hotkey: string): Neuron | undefined {
  return metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
}

/**
 * The block in which the next epoch of a subnet runs, by the chain's own runtime API, else `LastEpochBlock + tempo` on runtimes without
 * it (spec/subtensor-interface.md 5.6). Undefined for a subnet that never runs one (tempo 0).
 */
export async function nextEpochBlock(
  client: ChainClient,
  netuid: number,
  options: AtBlock = {},
): Promise<number | undefined> {
  const known = client.api.call["subnetInfoRuntimeApi"]?.["getNextEpochStartBlock"] !== undefined;
  if (known) {
    const result = await callRuntime(
      client,
      {
        api: "subnetInfoRuntimeApi",
        method: "getNextEpochStartBlock",
        wireName: "SubnetInfoRuntimeApi_get_next_epoch_start_block",
      },
      u16Bytes(netuid),
      options,
    );
    const block = result.toJSON();
    return block === null ? undefined : Number(block);
  }
  const [last, tempo] = await Promise.all([
    readNumber(client, "subtensorModule", "lastEpochBlock", [netuid], options),
    readNumber(client, "subtensorModule", "tempo", [netuid], options),
  ]);
  return tempo === 0 ? undefined : last + tempo;
}

async function readVector(client: ChainClient, item: string, netuid: number, at: string): Promise<readonly number[]> {
  const value = (await readStorage(client, "subtensorModule", item, [netuid], { at }))?.toJSON();
  return Array.isArray(value) ? value.map(Number) : [];
}

function sameAxon(a: AxonInfo | undefined, b: AxonInfo | undefined): boolean {
  return a?.ip === b?.ip && a?.port === b?.port && a?.protocol === b?.protocol && a?.version === b?.version;
}

function u16Bytes(value: number): Uint8Array {
  return new Uint8Array([value & 0xff, value >> 8]);
}

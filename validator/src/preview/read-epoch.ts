import type { ChainClient } from "@subnetkit/chain/client/chain-client";
import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { readBigInt, readBool, readNumber, readStorage, readStorageOfEach } from "@subnetkit/chain/client/storage";
import type { EpochInput, SparseRow } from "@subnetkit/shared/consensus/epoch/types";
import { appError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";

const rowSchema = z.array(z.tuple([z.number().int(), z.number().int()]));

/**
 * What the next epoch of a subnet would read if it ran now: the metagraph, and in a handful of requests what a metagraph does not carry. Weights that
 * are committed and not revealed do not count in it. Amounts paid are those of the last epoch. Throws E_CHAIN_SHAPE and the errors of `rpc`.
 */
export async function readEpochInput(client: ChainClient, metagraph: Metagraph): Promise<EpochInput> {
  const { netuid, neurons, hyperparameters } = metagraph;
  const at = { at: client.head().hash };
  const number = (item: string, keys: readonly unknown[] = [netuid]): Promise<number> =>
    readNumber(client, "subtensorModule", item, keys, at);
  const [stakeThresholdRao, bondsPenalty, bondsMovingAverage, yuma3, liquidOn, liquid, weights, bonds] =
    await Promise.all([
      readBigInt(client, "subtensorModule", "stakeThreshold", [], at),
      number("bondsPenalty"),
      number("bondsMovingAverage"),
      readBool(client, "subtensorModule", "yuma3On", [netuid], at),
      readBool(client, "subtensorModule", "liquidAlphaOn", [netuid], at),
      readLiquidAlpha(client, netuid, at),
      readRows(client, metagraph, "weights", at),
      readRows(client, metagraph, "bonds", at),
    ]);
  const owner = neurons.findIndex(({ hotkey }) => hotkey === metagraph.ownerHotkey);
  return {
    block: metagraph.block,
    tempo: metagraph.tempo,
    activityCutoff: hyperparameters.activityCutoffBlocks,
    lastStepBlock: metagraph.lastStep,
    stakeThresholdRao,
    maxValidators: hyperparameters.maxValidators,
    kappa: hyperparameters.kappa,
    bondsPenalty,
    bondsMovingAverage,
    yuma3,
    liquidAlpha: liquidOn ? liquid : null,
    commitReveal: false,
    ownerUid: owner === -1 ? null : owner,
    emissionRao: neurons.reduce((sum, { emissionRao }) => sum + emissionRao, 0n),
    stake: { kind: "total", totalRao: neurons.map(({ totalStakeRao }) => totalStakeRao) },
    registeredAt: neurons.map(({ registeredAt }) => registeredAt),
    lastUpdate: neurons.map(({ lastUpdate }) => lastUpdate),
    permits: neurons.map(({ validatorPermit }) => validatorPermit),
    weights,
    bonds,
    earliestCommit: neurons.map(() => null),
  };
}

async function readLiquidAlpha(
  client: ChainClient,
  netuid: number,
  at: { readonly at: string },
): Promise<NonNullable<EpochInput["liquidAlpha"]>> {
  const [values, steepness] = await Promise.all([
    readStorage(client, "subtensorModule", "alphaValues", [netuid], at),
    readNumber(client, "subtensorModule", "alphaSigmoidSteepness", [netuid], at),
  ]);
  const parsed = z.tuple([z.number(), z.number()]).safeParse(values?.toJSON());
  if (!parsed.success) throw appError("E_CHAIN_SHAPE", { what: "alphaValues", reason: "they are not two numbers" });
  const [low, high] = parsed.data;
  return { low, high, steepness };
}

/** The rows of those who may have one, by uid; only a validator's count. */
async function readRows(
  client: ChainClient,
  { netuid, neurons, ownerHotkey }: Metagraph,
  item: "weights" | "bonds",
  at: { readonly at: string },
): Promise<SparseRow[]> {
  const rows: SparseRow[] = neurons.map(() => []);
  const wanted = neurons.filter(({ validatorPermit, hotkey }) => validatorPermit || hotkey === ownerHotkey);
  const keys = wanted.map(({ uid }) => [netuid, uid]);
  const values = await readStorageOfEach(client, "subtensorModule", item, keys, at);
  for (const [i, { uid }] of wanted.entries()) {
    const parsed = rowSchema.safeParse(values[i]?.toJSON() ?? []);
    if (!parsed.success) throw appError("E_CHAIN_SHAPE", { what: item, reason: "a row is no list of pairs" });
    // A row may still name a uid that the subnet has trimmed away.
    rows[uid] = parsed.data.filter(([target]) => target < neurons.length);
  }
  return rows;
}

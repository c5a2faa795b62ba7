/** dev_setDrand: the randomness beacon stalled, on schedule, or ahead of it. */
import { drand } from "../../../spec/pallets/drand.ts";
import { scheduledRound } from "../../runtime/drand/beacon.ts";
import type { ChainNode } from "../../create-node.ts";
import { awaitedRounds } from "../../runtime/drand/beacon.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Rounds a jump writes without holes before the one it goes to. Checking one costs about 25 ms. */
const WHOLE_ROUNDS = 32;
/** Rounds written per block of a jump. */
const ROUNDS_PER_BLOCK = 16;
/** Rounds one jump writes at most. */
const MAX_ROUNDS = 1_000;

const FORMS = 'dev_setDrand takes {round: n}, {follow: true} or {stall: true}, or "follow" or "stall"';

/** The verb. Answers with how pulses come now, the last stored round and the one due by the chain's clock. */
export function devDrandMethods(node: ChainNode): MethodTable {
  return {
    dev_setDrand: async (params) => {
      const wanted = wantedOf(params);
      if (wanted === "stall") node.beacon.stall();
      else if (wanted === "follow") node.beacon.follow();
      else await jump(node, wanted);
      return drandInfo(node);
    },
  };
}

/** What dev_info says about the beacon. */
export function drandInfo({ beacon, chain }: ChainNode): Record<string, unknown> {
  const state = chain.headState();
  return {
    mode: beacon.mode,
    lastRound: Number(state.get(drand.storage.LastStoredRound)),
    scheduledRound: Number(scheduledRound(state)),
  };
}

function wantedOf(params: Params): "stall" | "follow" | bigint {
  const given = params.raw(0);
  if (given === "stall" || given === "follow") return given;
  const entries = typeof given === "object" && given !== null ? Object.entries(given) : [];
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1) throw invalidParams(FORMS);
  if ((name === "stall" || name === "follow") && value === true) return name;
  if (name === "round" && typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return BigInt(value);
  throw invalidParams(FORMS);
}

/**
 * Writes pulses up to a round, in blocks made at once: without holes for the last {@link WHOLE_ROUNDS}, before those only the rounds that stored
 * timelocks wait for. The schedule goes on from there: nothing comes before the clock has reached the next round.
 */
async function jump(node: ChainNode, to: bigint): Promise<void> {
  const rounds = roundsUpTo(node, to);
  for (let at = 0; at < rounds.length; at += ROUNDS_PER_BLOCK) {
    const some = rounds.slice(at, at + ROUNDS_PER_BLOCK);
    node.producer.produceEdited((execution) => {
      const pulses = some.map((round) => node.beacon.pulseOf(round));
      if (pulses.includes(undefined))
        throw new RpcError(-32_000, `The beacon has no pulse of round ${some[pulses.indexOf(undefined)]}`);
      const payload = {
        block_number: execution.block.number,
        pulses,
        public: { type: "Sr25519", value: new Uint8Array(32) },
      };
      execution.dispatch(
        { pallet: drand.name, name: "write_pulse", args: { pulses_payload: payload, signature: undefined } },
        { kind: "none" },
      );
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (node.chain.headState().get(drand.storage.LastStoredRound) < to)
    throw new RpcError(-32_000, "The pulses are not those of the beacon the chain believes (Drand.BeaconConfig)");
}

function roundsUpTo(node: ChainNode, to: bigint): bigint[] {
  const state = node.chain.headState();
  const last = state.get(drand.storage.LastStoredRound);
  if (to <= last) throw new RpcError(-32_000, `Round ${to} is past: the last stored one is ${last}`);
  const rounds = new Set<bigint>();
  for (const round of awaitedRounds(state)) if (round > last && round < to) rounds.add(round);
  for (let round = to; round > last && round > to - BigInt(WHOLE_ROUNDS); round--) rounds.add(round);
  if (rounds.size > MAX_ROUNDS)
    throw new RpcError(
      -32_000,
      `Timelocks wait for ${rounds.size} rounds before that, at most ${MAX_ROUNDS} are written at once`,
    );
  return [...rounds].sort((a, b) => (a < b ? -1 : 1));
}

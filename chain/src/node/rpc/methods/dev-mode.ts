/** When blocks are made and which time they carry: chopsticks' dev_setBlockBuildMode and dev_timeTravel, and dev_setInterval. */
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import type { ProducerMode } from "../../block/producer.ts";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Blocks one dev_timeTravel may make. */
const MAX_BLOCKS = 100_000;
/** Largest time a Date can hold, unix ms. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/** chopsticks' modes; Batch gathers transactions into blocks at an interval. */
const modes: Readonly<Record<string, ProducerMode>> = {
  batch: "interval",
  interval: "interval",
  instant: "instant",
  manual: "manual",
};

/** The verbs. */
export function devModeMethods(node: ChainNode): MethodTable {
  return {
    dev_setBlockBuildMode: (params) => {
      const mode = modes[params.text(0).toLowerCase()];
      if (mode === undefined) throw invalidParams("a mode is Batch, Instant or Manual");
      node.producer.configure({ mode });
      return null;
    },
    dev_setInterval: (params) => {
      node.producer.configure({ mode: "interval", blockMs: params.integer(0, 10, 600_000) });
      return null;
    },
    dev_timeTravel: (params) => timeTravel(node, params),
  };
}

/** Moves the chain's time; with `{blocks: true}` by making the blocks that time takes. Answers with the time reached, unix ms. */
async function timeTravel(node: ChainNode, params: Params): Promise<number> {
  const target = timeOf(params);
  const now = (): number => Number(node.chain.headState().get(timestamp.storage.Now));
  if (target <= now())
    throw new RpcError(-32_000, `The chain is at ${new Date(now()).toISOString()}: time only goes forward`);
  if (params.object(1)["blocks"] !== true) {
    node.producer.travelTo(target);
    return target;
  }
  const made = await node.producer.produce(MAX_BLOCKS, () => now() >= target);
  if (now() < target)
    throw new RpcError(-32_000, `The chain is at ${new Date(now()).toISOString()} after ${made} blocks`);
  return now();
}

/** Unix ms from a number or from a date as text. */
function timeOf(params: Params): number {
  const value = params.raw(0);
  const ms = typeof value === "string" ? Date.parse(value) : value;
  if (typeof ms !== "number" || !Number.isInteger(ms) || ms < 0 || ms > MAX_TIME_MS)
    throw invalidParams("parameter 1 must be a date or unix milliseconds");
  return ms;
}

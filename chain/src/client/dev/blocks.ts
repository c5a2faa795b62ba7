/** Making blocks, and when they are made by themselves. */
import { ask, checked, checkedHash, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

/** What dev_newBlock makes: `count` blocks, or those up to block `to`, or one of exactly these extrinsics. */
export type NewBlockRequest = {
  readonly count?: number;
  readonly to?: number;
  /** Encoded extrinsics, `0x` hex: the block holds these and nothing from the pool. */
  readonly transactions?: readonly string[];
  /** Number that the block claims instead of the next one. */
  readonly unsafeBlockHeight?: number;
};

/** The end of a run to an epoch. */
export type EpochAnswer = { readonly block: number; readonly hash: string; readonly blocks: number };

/** How blocks come: at an interval, one per submission, or only on request. */
export type BlockMode = "interval" | "instant" | "manual";

/** dev_newBlock: makes blocks; the hash of the last one. */
export async function newBlock(rpc: DevRpc, request: NewBlockRequest = {}, deadline: Deadline = {}): Promise<string> {
  const answer = await ask(rpc, "dev_newBlock", [request], deadline.timeoutMs ?? WORK_MS);
  return checkedHash("dev_newBlock", answer);
}

/** dev_nextEpoch: makes blocks until `count` (1) epochs of the subnet have run. */
export async function nextEpoch(
  rpc: DevRpc,
  request: { readonly netuid: number; readonly count?: number },
  deadline: Deadline = {},
): Promise<EpochAnswer> {
  const answer = await ask(rpc, "dev_nextEpoch", [request], deadline.timeoutMs ?? WORK_MS);
  return checked("dev_nextEpoch", answer, { block: "number", hash: "string", blocks: "number" });
}

/** dev_setBlockBuildMode. */
export async function setBlockBuildMode(rpc: DevRpc, mode: BlockMode, { timeoutMs }: Deadline = {}): Promise<void> {
  await ask(rpc, "dev_setBlockBuildMode", [mode], timeoutMs);
}

/** dev_setInterval: a block every `blockMs` (10 to 600,000) from now on. */
export async function setInterval(rpc: DevRpc, blockMs: number, { timeoutMs }: Deadline = {}): Promise<void> {
  await ask(rpc, "dev_setInterval", [blockMs], timeoutMs);
}

/** dev_pause: blocks come on request only. */
export async function pause(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<void> {
  await ask(rpc, "dev_pause", [], timeoutMs);
}

/** dev_resume: blocks come by themselves again. */
export async function resume(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<void> {
  await ask(rpc, "dev_resume", [], timeoutMs);
}

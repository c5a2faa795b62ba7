/** Looking inside: what a call would do, what a block did, what bytes mean. Nothing is changed. */
import type { DevDispatchError, DevEvent, DevOrigin } from "./authority.ts";
import { ask, type BlockRef, checked, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

/** A block by number, by how many back from the newest (negative), or by hash. */
export type BlockName = number | string;

/** What dev_dryRun runs: a signed extrinsic (hex), or a call (hex) from an origin; on the state after block `at` (the newest). */
export type DryRunRequest = ({ readonly extrinsic: string } | { readonly call: string; readonly origin: DevOrigin }) & {
  readonly at?: BlockName;
};

/** A storage entry that changed: `Pallet.Item`, its keys, and its values, null where there is none. */
export type StorageDelta = {
  readonly item: string;
  readonly keys: readonly unknown[];
  readonly old: unknown;
  readonly new: unknown;
};

/** A dispatch error with its name as words. */
export type ToldError = DevDispatchError & { readonly docs?: string };

/** What an extrinsic or a call would come to. */
export type DryRunAnswer = BlockRef & {
  readonly call: string;
  readonly args: unknown;
  readonly ok: boolean;
  readonly error: ToldError | null;
  readonly feeRao: string;
  readonly events: readonly DevEvent[];
  readonly changes: readonly StorageDelta[];
};

/** An extrinsic in words. */
export type ExtrinsicInfo = {
  readonly hash: string;
  readonly signer: string | null;
  readonly call: string;
  readonly args: unknown;
};

/** One step of a block. Hooks have no extrinsic and no result. */
export type PhaseTrace = {
  readonly phase: string | { readonly ApplyExtrinsic: number };
  readonly extrinsic?: ExtrinsicInfo;
  readonly ok?: boolean;
  readonly error?: ToldError | null;
  readonly events: readonly DevEvent[];
  readonly changes: readonly StorageDelta[];
};

/** Columns and rows. */
export type TraceTable = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };

/** An epoch that ran in a block: every step of it by uid, and the matrices it went through. */
export type EpochTrace = {
  readonly netuid: number;
  readonly mechanism: number;
  readonly emissionRao: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly steps: TraceTable;
  readonly matrices: Readonly<Record<string, TraceTable>>;
};

/** A block run again. `same` is false where the rules have changed since it was made. */
export type BlockTrace = BlockRef & {
  readonly parentHash: string;
  readonly same: boolean;
  readonly phases: readonly PhaseTrace[];
  readonly epochs: readonly EpochTrace[];
};

/** How two states differ; `leftOut` counts changes that did not fit. */
export type StateDiff = {
  readonly from: BlockRef;
  readonly to: BlockRef;
  readonly changes: readonly StorageDelta[];
  readonly leftOut?: number;
};

/** What bytes are: `storageKey`, `extrinsic`, `call` or `error` with its parts, and other ways to read them. */
export type Decoded = { readonly kind: string; readonly also?: readonly Decoded[] } & Readonly<Record<string, unknown>>;

/** dev_dryRun: result, fee, events and storage changes. */
export async function dryRun(rpc: DevRpc, request: DryRunRequest, { timeoutMs }: Deadline = {}): Promise<DryRunAnswer> {
  const answer = await ask(rpc, "dev_dryRun", [request], timeoutMs ?? WORK_MS);
  const shape = { block: "number", hash: "string", ok: "boolean", events: "object", changes: "object" } as const;
  return checked("dev_dryRun", answer, shape) as unknown as DryRunAnswer;
}

/** dev_traceBlock: a kept block run again, step by step; `index` for one extrinsic only. */
export async function traceBlock(
  rpc: DevRpc,
  request: { readonly block: BlockName; readonly index?: number },
  { timeoutMs }: Deadline = {},
): Promise<BlockTrace> {
  const answer = await ask(rpc, "dev_traceBlock", [request], timeoutMs ?? WORK_MS);
  const shape = { block: "number", hash: "string", same: "boolean", phases: "object", epochs: "object" } as const;
  return checked("dev_traceBlock", answer, shape) as unknown as BlockTrace;
}

/** dev_diff: the storage entries in which two kept blocks differ; `to` is the newest where absent. */
export async function diff(
  rpc: DevRpc,
  request: { readonly from: BlockName; readonly to?: BlockName },
  { timeoutMs }: Deadline = {},
): Promise<StateDiff> {
  const answer = await ask(rpc, "dev_diff", [request], timeoutMs ?? WORK_MS);
  const shape = { from: "object", to: "object", changes: "object" } as const;
  return checked("dev_diff", answer, shape) as unknown as StateDiff;
}

/** dev_decode: what bytes are. */
export async function decode(rpc: DevRpc, hex: string, { timeoutMs }: Deadline = {}): Promise<Decoded> {
  const answer = await ask(rpc, "dev_decode", [{ hex }], timeoutMs);
  return checked("dev_decode", answer, { kind: "string" }) as unknown as Decoded;
}

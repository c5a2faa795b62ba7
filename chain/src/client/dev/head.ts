/** Going back, and what clients see of it: snapshots, the head, reorganisations, finality. Connected clients are told or disconnected. */
import { ask, type Checked, checked, checkedHash, checkedList, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

const snapshotShape = { name: "string", block: "number", hash: "string" } as const;

const reorgShape = { block: "number", hash: "string", retracted: "object", adopted: "object" } as const;
const finalityShape = { lag: "number", finalized: "number", hash: "string" } as const;

/** The new head, and the hashes of the blocks that left and of those that came. */
export type ReorgAnswer = Checked<typeof reorgShape>;
/** A named point to go back to. */
export type SnapshotRef = Checked<typeof snapshotShape>;

/** dev_snapshot: remembers head, pool and clock under a name (numbered where none is given). */
export async function snapshot(rpc: DevRpc, name?: string, { timeoutMs }: Deadline = {}): Promise<SnapshotRef> {
  const answer = await ask(rpc, "dev_snapshot", [name === undefined ? {} : { name }], timeoutMs);
  return checked("dev_snapshot", answer, snapshotShape);
}

/** dev_snapshots: the points there are, oldest first. */
export async function snapshots(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<readonly SnapshotRef[]> {
  return checkedList("dev_snapshots", await ask(rpc, "dev_snapshots", [], timeoutMs), snapshotShape);
}

/** dev_revert: goes back to a snapshot (the newest where no name is given). It stays; later ones are dropped. */
export async function revert(rpc: DevRpc, name?: string, { timeoutMs }: Deadline = {}): Promise<SnapshotRef> {
  const answer = await ask(rpc, "dev_revert", [name === undefined ? {} : { name }], timeoutMs ?? WORK_MS);
  return checked("dev_revert", answer, snapshotShape);
}

/** dev_setHead: goes back to a block by number, by how many back (negative) or by hash; the hash of the new head. */
export async function setHead(rpc: DevRpc, to: number | string, { timeoutMs }: Deadline = {}): Promise<string> {
  return checkedHash("dev_setHead", await ask(rpc, "dev_setHead", [to], timeoutMs ?? WORK_MS));
}

/**
 * dev_reorg: replaces the newest `depth` blocks (1) by a longer branch, as far as they are not final. Their transactions go back into the pool but
 * those that `drop` names (true: none goes back).
 */
export async function reorg(
  rpc: DevRpc,
  request: { readonly depth?: number; readonly drop?: boolean | readonly string[] },
  { timeoutMs }: Deadline = {},
): Promise<ReorgAnswer> {
  return checked("dev_reorg", await ask(rpc, "dev_reorg", [request], timeoutMs ?? WORK_MS), reorgShape);
}

/** dev_setFinality: how many blocks finality stays behind the head (0: every block is final at once); the newest final block. */
export async function setFinality(
  rpc: DevRpc,
  request: { readonly lag: number },
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof finalityShape>> {
  return checked("dev_setFinality", await ask(rpc, "dev_setFinality", [request], timeoutMs), finalityShape);
}

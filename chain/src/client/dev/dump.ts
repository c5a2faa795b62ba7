/** A chain's state in a file, and back. Paths are the node's and absolute. */
import { ask, type Checked, checked, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

const dumpShape = { path: "string", block: "number", hash: "string", entries: "number" } as const;
const positionShape = { block: "number", hash: "string", genesisHash: "string" } as const;

/** Where a chain stands after it was loaded or reset. */
export type ChainPosition = Checked<typeof positionShape>;

/** dev_dumpState: writes the whole state of the newest block to a file. */
export async function dumpState(
  rpc: DevRpc,
  path: string,
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof dumpShape>> {
  return checked("dev_dumpState", await ask(rpc, "dev_dumpState", [{ path }], timeoutMs ?? WORK_MS), dumpShape);
}

/** dev_loadState: goes on from such a file. */
export async function loadState(rpc: DevRpc, path: string, { timeoutMs }: Deadline = {}): Promise<ChainPosition> {
  return checked("dev_loadState", await ask(rpc, "dev_loadState", [{ path }], timeoutMs ?? WORK_MS), positionShape);
}

/** dev_reset: back to genesis, and the first block made anew. */
export async function reset(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<ChainPosition> {
  return checked("dev_reset", await ask(rpc, "dev_reset", [], timeoutMs ?? WORK_MS), positionShape);
}

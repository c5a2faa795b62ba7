/** The node itself: history, its log, its pool, its runtime version. */
import { ask, type Checked, checked, checkedHash, type Deadline, type DevRpc } from "./rpc.ts";

const historyShape = { history: "number", oldestState: "number" } as const;
const loggingShape = { rpc: "boolean" } as const;
const upgradeShape = { specVersion: "number", block: "number", hash: "string" } as const;

/** dev_setHistory: how many blocks (64 to 100,000) keep their bodies and states. */
export async function setHistory(
  rpc: DevRpc,
  request: { readonly blocks: number },
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof historyShape>> {
  return checked("dev_setHistory", await ask(rpc, "dev_setHistory", [request], timeoutMs), historyShape);
}

/** dev_setLogging: whether the node logs the requests it answers, and which (`state_*`, several with commas). */
export async function setLogging(
  rpc: DevRpc,
  request: { readonly rpc: boolean; readonly filter?: string },
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof loggingShape>> {
  return checked("dev_setLogging", await ask(rpc, "dev_setLogging", [request], timeoutMs), loggingShape);
}

/** dev_dropExtrinsic: takes a transaction out of the pool; its hash. */
export async function dropExtrinsic(rpc: DevRpc, hash: string, { timeoutMs }: Deadline = {}): Promise<string> {
  const answer = await ask(rpc, "dev_dropExtrinsic", [{ hash }], timeoutMs);
  return checkedHash("dev_dropExtrinsic", checked("dev_dropExtrinsic", answer, { hash: "string" }).hash);
}

/** dev_upgradeRuntime: another spec version (one more) from the next block on, as an upgrade on the real chain shows to its clients. */
export async function upgradeRuntime(
  rpc: DevRpc,
  request: { readonly specVersion?: number } = {},
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof upgradeShape>> {
  return checked("dev_upgradeRuntime", await ask(rpc, "dev_upgradeRuntime", [request], timeoutMs), upgradeShape);
}

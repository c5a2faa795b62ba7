/** What a development chain is, and its accounts. */
import { ask, type Checked, checked, checkedList, type Deadline, type DevRpc } from "./rpc.ts";

const infoShape = {
  version: "string",
  chain: "string",
  specVersion: "number",
  genesisHash: "string",
  block: "number",
  hash: "string",
  timestampMs: "number",
  clockMs: "number",
  mode: "string",
  blockMs: "number",
  paused: "boolean",
  history: "number",
  pool: "number",
  persistent: "boolean",
} as const;

const accountShape = {
  uri: "string",
  address: "string",
  publicKey: "string",
  freeRao: "string",
  nonce: "number",
} as const;

/** What the chain is and where it stands. `blockMs` is the interval, `timestampMs` the time of the newest block, `clockMs` that of one made now. */
export type DevInfo = Checked<typeof infoShape>;
/** A development account: its URI is its secret, and public. */
export type DevAccountInfo = Checked<typeof accountShape>;

/** dev_info: block time, mode, head, history kept, spec version. */
export async function devInfo(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<DevInfo> {
  return checked("dev_info", await ask(rpc, "dev_info", [], timeoutMs), infoShape);
}

/** dev_accounts: the public development accounts with what they own. */
export async function devAccounts(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<readonly DevAccountInfo[]> {
  return checkedList("dev_accounts", await ask(rpc, "dev_accounts", [], timeoutMs), accountShape);
}

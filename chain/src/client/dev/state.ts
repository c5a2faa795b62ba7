/** Writing state. Each makes one new block that holds the change. */
import { ask, type Checked, checked, checkedHash, type Deadline, type DevRpc } from "./rpc.ts";

/** Values by pallet and item: a value, or for a map a list of `[[keys], value]`; null removes. Or raw pairs of hex key and hex value. */
export type StorageChange =
  | Readonly<Record<string, Readonly<Record<string, unknown>>>>
  | readonly (readonly [string, string | null])[];

/** What dev_setStake sets: the alpha or the TAO a coldkey has on a hotkey of a subnet. */
export type StakeChange = {
  readonly hotkey: string;
  readonly coldkey: string;
  readonly netuid: number;
} & ({ readonly alphaRao: string } | { readonly taoRao: string });

/** What dev_setPermit sets: whether a neuron, by uid or by hotkey, may validate. */
export type PermitChange = { readonly netuid: number; readonly permit: boolean } & (
  | { readonly uid: number }
  | { readonly hotkey: string }
);

/** dev_setStorage; the hash of the new block. */
export async function setStorage(rpc: DevRpc, change: StorageChange, { timeoutMs }: Deadline = {}): Promise<string> {
  return checkedHash("dev_setStorage", await ask(rpc, "dev_setStorage", [change], timeoutMs));
}

/** dev_setBalance: the free balance of an account in rao, issuance adjusted; the hash of the new block. */
export async function setBalance(
  rpc: DevRpc,
  account: string,
  freeRao: bigint,
  { timeoutMs }: Deadline = {},
): Promise<string> {
  return checkedHash("dev_setBalance", await ask(rpc, "dev_setBalance", [account, freeRao.toString()], timeoutMs));
}

const stakeShape = { block: "number", hash: "string", alphaRao: "string" } as const;
const permitShape = { block: "number", hash: "string", uid: "number", hotkey: "string", permit: "boolean" } as const;

/** dev_setStake: totals, pools and issuance adjusted; the new block and the stake reached, in alpha. */
export async function setStake(
  rpc: DevRpc,
  change: StakeChange,
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof stakeShape>> {
  return checked("dev_setStake", await ask(rpc, "dev_setStake", [change], timeoutMs), stakeShape);
}

/** dev_setPermit: a validator permit now, until the next epoch deals them out anew; the new block and the neuron. */
export async function setPermit(
  rpc: DevRpc,
  change: PermitChange,
  { timeoutMs }: Deadline = {},
): Promise<Checked<typeof permitShape>> {
  return checked("dev_setPermit", await ask(rpc, "dev_setPermit", [change], timeoutMs), permitShape);
}

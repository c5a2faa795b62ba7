import { bytesToHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";

/** The root network: its stake is TAO and it runs no epoch. */
export const ROOT_NETUID = 0;

/** The account of no key: what a missing owner reads as. */
export const ZERO_ACCOUNT = `0x${"00".repeat(32)}`;

/** Largest number of uids over all mechanisms of one subnet (spec/economics.md 2.9). */
export const MAX_UIDS_OVER_MECHANISMS = 256;

const SUBNET_PREFIX = bytesToHex(utf8("modlsubtensr"));
const SUBNET_TAIL = "00".repeat(18);

/** Account that holds a subnet's TAO: "modl", the pallet id "subtensr", the netuid little endian, zeros (spec/subtensor-interface.md 5.4). */
export function subnetAccount(netuid: number): string {
  const low = (netuid & 0xff).toString(16).padStart(2, "0");
  const high = (netuid >> 8).toString(16).padStart(2, "0");
  return `${SUBNET_PREFIX}${low}${high}${SUBNET_TAIL}`;
}

/** Netuid whose account this is, or undefined for an account with a key. */
export function netuidOfAccount(account: string): number | undefined {
  if (!account.startsWith(SUBNET_PREFIX) || !account.endsWith(SUBNET_TAIL)) return undefined;
  const [low = 0, high = 0] = hexToBytes(account).subarray(12, 14);
  return low | (high << 8);
}

/** Account that burned TAO is sent to: it stays in the issuance and nobody can spend it. */
export const BURN_ACCOUNT = `${bytesToHex(utf8("modlburntnsr"))}${"00".repeat(20)}`;

/** The public development accounts and their genesis balances (spec/subtensor-interface.md 1.1). */
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { developmentAccount } from "./genesis/keys.ts";

const TAO = 1_000_000_000n;
const rich = 1_000_000n * TAO;
const modest = 2_000n * TAO;

/** A development account. Its key derives from the public development phrase: anyone can spend from it on any network. */
export interface DevAccount {
  readonly uri: string;
  readonly address: string;
  readonly account: string;
  readonly genesisRao: bigint;
}

const balances: readonly (readonly [string, bigint])[] = [
  ["//Alice", rich],
  ["//Bob", rich],
  ["//Charlie", rich],
  ["//Dave", modest],
  ["//Eve", modest],
  ["//Ferdie", modest],
  ["//One", modest],
  ["//Two", modest],
  ["//Three", modest],
];

let accounts: readonly DevAccount[] | undefined;

/** The accounts of the localnet chain spec. */
export function devAccounts(): readonly DevAccount[] {
  accounts ??= balances.map(([uri, genesisRao]) => {
    const account = developmentAccount(uri);
    return { uri, address: encodeAddress(hexToBytes(account)), account, genesisRao };
  });
  return accounts;
}

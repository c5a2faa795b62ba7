/** The public development accounts and their genesis balances (spec/subtensor-interface.md 1.1). */
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";

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

/** The accounts of the localnet chain spec. About 1 ms each. */
export function devAccounts(): readonly DevAccount[] {
  return balances.map(([uri, genesisRao]) => {
    const { address, publicKey } = keypairFromUri(uri);
    return { uri, address, account: bytesToHex(publicKey), genesisRao };
  });
}

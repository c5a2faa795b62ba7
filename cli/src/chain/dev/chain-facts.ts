import { devAccounts } from "@subnetkit/chain/node/accounts";
import type { DevChain } from "@subnetkit/chain/node/start-dev-chain";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { system } from "@subnetkit/chain/spec/pallets/system";

/** A subnet as the banner names it. */
export type SubnetFact = { readonly netuid: number; readonly name: string; readonly tempo: number };

/** A development account with what it has. */
export type AccountFact = {
  readonly uri: string;
  readonly address: string;
  readonly publicKey: string;
  readonly freeRao: string;
};

/** What a started chain holds, for the banner and for scripts. */
export type ChainFacts = {
  readonly subnets: readonly SubnetFact[];
  readonly accounts: readonly AccountFact[];
  readonly specVersion: number;
  readonly block: number;
};

/** Reads the facts from the newest state. */
export function chainFacts({ node }: Pick<DevChain, "node">): ChainFacts {
  const state = node.chain.headState();
  const { NetworksAdded, SubnetIdentitiesV3, Tempo } = subtensorModule.storage;
  const subnets = [...state.iterate(NetworksAdded)]
    .map(({ keys: [netuid] }) => netuid)
    .sort((a, b) => a - b)
    .map((netuid) => {
      const identity = state.get(SubnetIdentitiesV3, netuid);
      const name = identity === undefined ? "" : Buffer.from(identity.subnet_name).toString("utf8");
      return { netuid, name: netuid === 0 ? "root" : name, tempo: state.get(Tempo, netuid) };
    });
  const accounts = devAccounts().map(({ uri, address, account }) => {
    const freeRao = state.get(system.storage.Account, account).data.free.toString();
    return { uri, address, publicKey: account, freeRao };
  });
  const { spec_version: specVersion } = node.runtime.versionAt(state);
  return { subnets, accounts, specVersion, block: node.chain.head.number };
}

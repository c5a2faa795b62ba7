/** Where a chain begins: the start that a new chain is given. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { devAccounts } from "../accounts.ts";
import type { Block } from "../block/block.ts";
import { buildGenesis, type BuilderModules } from "../block/builder.ts";
import type { ChainStart } from "../block/chain.ts";
import { extrinsicsRoot } from "../block/extrinsics-root.ts";
import { headerHash } from "../block/header.ts";
import { system } from "../../spec/pallets/system.ts";
import { itemPrefix } from "../storage/keys.ts";
import type { NodeConfig } from "../config.ts";
import type { GenesisConfig } from "../runtime/pallet.ts";
import { fillGenesis } from "./fill-genesis.ts";
import { fillSnapshot, type LoadedSnapshot } from "./fill-snapshot.ts";
import type { Genesis } from "./schema.ts";

/** What a new chain begins with: a localnet's genesis, a genesis document, a snapshot of a live network, or a saved state with its head. */
export type Origin =
  | { readonly kind: "localnet" }
  | { readonly kind: "document"; readonly genesis: Genesis }
  | { readonly kind: "snapshot"; readonly snapshot: LoadedSnapshot }
  | { readonly kind: "saved"; readonly start: ChainStart; readonly offsetMs: number };

/** Builds the start of a chain. Throws E_GENESIS_INVALID for a document the chain refuses. */
export function startOf(
  origin: Origin,
  config: Pick<NodeConfig, "drand" | "drandPeriodSeconds">,
  modules: { readonly builder: BuilderModules; readonly now: () => number },
): ChainStart {
  const { builder, now } = modules;
  const base = (): GenesisConfig => baseConfig(config, builder, now());
  switch (origin.kind) {
    case "localnet":
      return startFrom(buildGenesis(builder, base()));
    case "document": {
      const { genesis } = origin;
      const documentConfig = configOf(base(), genesis);
      return startFrom(buildGenesis(builder, documentConfig, (ctx) => fillGenesis(ctx, genesis)));
    }
    case "snapshot": {
      const { snapshot } = origin;
      const empty: GenesisConfig = { ...base(), balances: [], networks: "none", block: snapshot.header.block };
      return startFrom(buildGenesis(builder, empty, (ctx) => fillSnapshot(ctx, snapshot, config.drand)));
    }
    case "saved":
      return origin.start;
  }
}

/** The start of a chain whose genesis this is: where its state has a block number above 0, the chain goes on from an empty block of that number. */
export function startFrom(genesis: Block): ChainStart {
  const key = itemPrefix(system.storage.Number);
  const stored = genesis.changes.find(([changed]) => changed === key)?.[1];
  const number = stored === undefined ? 0 : system.storage.Number.value.dec(stored);
  return { genesis, blocks: number === 0 ? [genesis] : [genesis, firstBlock(genesis, number)] };
}

/** An empty block on top of genesis that leaves all heights between out. */
function firstBlock(genesis: Block, number: number): Block {
  const header = {
    parent_hash: genesis.hash,
    number,
    state_root: genesis.header.state_root,
    extrinsics_root: extrinsicsRoot([]),
    digest: { logs: [] },
  };
  return { number, hash: headerHash(header), header, body: [], changes: [] };
}

function baseConfig(
  config: Pick<NodeConfig, "drand" | "drandPeriodSeconds">,
  builder: BuilderModules,
  nowMs: number,
): GenesisConfig {
  const accounts = devAccounts();
  const alice = accounts[0];
  if (alice === undefined) throw new RangeError("no development accounts");
  return {
    timestampMs: Math.floor(nowMs / 1000) * 1000,
    balances: accounts.map((one) => [one.account, one.genesisRao] as const),
    sudo: alice.account,
    authority: bytesToHex(builder.author.publicKey),
    drandPeriodSeconds: config.drandPeriodSeconds,
    drand: config.drand,
  };
}

function configOf(base: GenesisConfig, genesis: Genesis): GenesisConfig {
  const balances = new Map(genesis.developmentAccounts ? base.balances : []);
  for (const { account, balance } of genesis.accounts) balances.set(account, balance);
  return {
    ...base,
    balances: [...balances],
    sudo: genesis.sudo ?? base.sudo,
    timestampMs: genesis.timestampMs ?? base.timestampMs,
    networks: genesis.localnetSubnet ? "localnet" : "root",
    block: genesis.block,
  };
}

/** Builds blocks: hooks, inherents, extrinsics from the pool, events, digest, seal. */
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { system } from "../../spec/pallets/system.ts";
import type { Header } from "../../spec/types.ts";
import { slotOf } from "../runtime/aura/pallet.ts";
import type { AnyRuntimePallet, BlockInfo, DispatchResult, GenesisConfig } from "../runtime/pallet.ts";
import type { Rules } from "../runtime/rules.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { OverlayState } from "../storage/state.ts";
import { EMPTY_STATE_ROOT, nextStateRoot } from "../storage/state-root.ts";
import { applyExtrinsic } from "./apply.ts";
import { type Block, MAX_BODY_EXTRINSICS } from "./block.ts";
import type { Chain } from "./chain.ts";
import { Execution, type FaultListener, initialiseSystem } from "./execution.ts";
import { bareExtrinsic, type Extrinsic } from "./extrinsic.ts";
import { extrinsicsRoot } from "./extrinsics-root.ts";
import { headerHash, sealHeader, slotDigest } from "./header.ts";
import type { BlockRequest } from "./producer.ts";
import { checkExtrinsic, type Validity } from "./validity.ts";

/** Bytes of extrinsics one block takes (normal share, spec/subtensor-interface.md 1.1). */
const MAX_BODY_BYTES = 7_864_320;
const initialises = (pallet: AnyRuntimePallet): boolean => pallet.onInitialize !== undefined;
const finalises = (pallet: AnyRuntimePallet): boolean => pallet.onFinalize !== undefined;
const offersInherents = (pallet: AnyRuntimePallet): boolean => pallet.inherents !== undefined;
const ZERO_HASH = `0x${"00".repeat(32)}`;

/** What building a block needs besides the chain. */
export interface BuilderModules {
  readonly runtime: Runtime;
  /** The Aura authority. */
  readonly author: Keypair;
  readonly onFault: FaultListener;
  /** The real chain's where absent. */
  readonly rules?: Rules;
}

/** What became of an extrinsic offered to a block. */
export type Included =
  | {
      readonly kind: "included";
      readonly extrinsic: Extrinsic;
      readonly index: number;
      readonly result: DispatchResult;
    }
  | { readonly kind: "refused"; readonly extrinsic: Extrinsic; readonly validity: Validity };

/** A block and the fate of what was offered to it. */
export interface BuiltBlock {
  readonly block: Block;
  readonly outcomes: readonly Included[];
}

/** The execution of the block after the head, started: what the pool and runtime APIs look through. Nothing of it is kept. */
export function nextExecution(
  modules: BuilderModules,
  state: OverlayState,
  parent: Block,
  timestampMs: number,
  height = parent.number + 1,
): Execution {
  const info: BlockInfo = {
    number: height,
    timestampMs,
    parentHash: parent.hash,
    author: bytesToHex(modules.author.publicKey),
  };
  const execution = new Execution(modules.runtime, state, info, modules.onFault, modules.rules);
  initialiseSystem(execution);
  return execution;
}

/**
 * Builds the block after the head from extrinsics that the pool holds ready, in this order; `edit` changes the state first, `height` leaves heights out.
 * The chain is not changed.
 */
export function buildBlock(
  modules: BuilderModules,
  chain: Chain,
  timestampMs: number,
  ready: Iterable<Extrinsic>,
  { edit, height }: Pick<BlockRequest, "edit" | "height"> = {},
): BuiltBlock {
  const parent = chain.head;
  const execution = nextExecution(modules, chain.headState(), parent, timestampMs, height);
  execution.state.put(system.storage.Digest, [], { logs: [slotDigest(slotOf(timestampMs))] });
  edit?.(execution);
  execution.hooks("on_initialize", (pallet) => pallet.onInitialize?.(execution), initialises);
  const body: Uint8Array[] = [];
  applyInherents(execution, body);
  const outcomes = applyReady(execution, body, ready, chain.genesis.hash);
  execution.phase = { type: "Finalization" };
  execution.hooks("on_finalize", (pallet) => pallet.onFinalize?.(execution), finalises);
  execution.storeEvents();
  return { block: seal(modules, parent, execution, body), outcomes };
}

/** Builds block 0; `fill` adds to what the pallets begin with. */
export function buildGenesis(modules: BuilderModules, config: GenesisConfig, fill?: (ctx: Execution) => void): Block {
  const state = new OverlayState({ get: () => undefined, keys: () => [] });
  const info: BlockInfo = {
    number: config.block ?? 0,
    timestampMs: config.timestampMs,
    parentHash: ZERO_HASH,
    author: config.authority,
  };
  const execution = new Execution(modules.runtime, state, info, (error) => {
    throw error;
  });
  execution.hooks("genesis", (pallet) => pallet.genesis?.(execution, config));
  fill?.(execution);
  const changes = state.changes();
  const head: Header = {
    parent_hash: ZERO_HASH,
    number: 0,
    state_root: nextStateRoot(EMPTY_STATE_ROOT, changes, () => undefined),
    extrinsics_root: extrinsicsRoot([]),
    digest: { logs: [] },
  };
  return { number: 0, hash: headerHash(head), header: head, body: [], changes };
}

function applyInherents(execution: Execution, body: Uint8Array[]): void {
  for (const pallet of execution.runtime.palletsThat(offersInherents)) {
    for (const call of pallet.inherents?.(execution) ?? []) {
      const extrinsic = bareExtrinsic(call);
      applyExtrinsic(execution, extrinsic, body.length);
      body.push(extrinsic.bytes);
    }
  }
}

function applyReady(
  execution: Execution,
  body: Uint8Array[],
  ready: Iterable<Extrinsic>,
  genesisHash: string,
): Included[] {
  const outcomes: Included[] = [];
  let size = 0;
  for (const extrinsic of ready) {
    if (body.length >= MAX_BODY_EXTRINSICS || size + extrinsic.bytes.length > MAX_BODY_BYTES) break;
    const validity = checkExtrinsic(execution, extrinsic, genesisHash);
    if (validity.kind !== "valid" || validity.future) {
      outcomes.push({ kind: "refused", extrinsic, validity });
      continue;
    }
    const index = body.length;
    const result = applyExtrinsic(execution, extrinsic, index);
    body.push(extrinsic.bytes);
    size += extrinsic.bytes.length;
    outcomes.push({ kind: "included", extrinsic, index, result });
  }
  return outcomes;
}

function seal(modules: BuilderModules, parent: Block, execution: Execution, body: readonly Uint8Array[]): Block {
  const { state } = execution;
  const { logs } = state.get(system.storage.Digest);
  const changes = state.changes();
  const unsealed: Header = {
    parent_hash: parent.hash,
    number: execution.block.number,
    state_root: nextStateRoot(parent.header.state_root, changes, (key) => state.before(key)),
    extrinsics_root: extrinsicsRoot(body),
    digest: { logs },
  };
  const { header, hash } = sealHeader(unsealed, (preHash) => modules.author.sign(preHash));
  return { number: header.number, hash, header, body, changes };
}

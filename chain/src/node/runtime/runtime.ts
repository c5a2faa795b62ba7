/** The runtime as the block builder and the RPC see it: pallets indexed by call and by runtime API. */
import { blake2AsU8a } from "@polkadot/util-crypto/blake2";
import { utf8 } from "@subnetkit/shared/util/bytes";
import type { RuntimeCall } from "../../spec/call.ts";
import { RUNTIME_VERSION } from "../../spec/pallets/system.ts";
import { RUNTIME_API_ORDER } from "../../spec/runtime-api-order.ts";
import { CODE_KEY, type State } from "../storage/state.ts";
import { specVersionOf } from "./system/code.ts";
import type { AnyApiMethod, AnyRuntimePallet, CallImpl, RuntimeApi } from "./pallet.ts";

const PLACES = new Map<string, number>(RUNTIME_API_ORDER.map((name, at) => [name, at]));

/** Reference time of a call that names none, picoseconds. */
const DEFAULT_WEIGHT = 200_000_000n;

/** Version of the runtime with the identifiers of its APIs. */
export type RuntimeVersion = typeof RUNTIME_VERSION;

/** Pallets with their look-up tables. */
export interface Runtime {
  readonly pallets: readonly AnyRuntimePallet[];
  /** Those of them that have something, in order. `has` is a function of the module: what it chose once is remembered. */
  palletsThat(has: (pallet: AnyRuntimePallet) => boolean): readonly AnyRuntimePallet[];
  /** The version a new chain starts with. */
  readonly version: RuntimeVersion;
  /** The version that holds for blocks on a state: another one after an upgrade. */
  versionAt(state: Pick<State, "getRaw">): RuntimeVersion;
  /** Runtime APIs by trait name, the node's own included. */
  readonly apis: ReadonlyMap<string, RuntimeApi>;
  /** The function of a call; undefined where the table has the call and no pallet does it. */
  callImpl(call: RuntimeCall): CallImpl<never> | undefined;
  /** A runtime API method by its state_call name, `Trait_method`. */
  apiMethod(name: string): AnyApiMethod | undefined;
  /** Loads what a method needs, by its state_call name; undefined where that is nothing. */
  loadApi(name: string): Promise<void> | undefined;
}

/** Indexes pallets and APIs. Throws on two pallets with one name, or two APIs with one. */
export function createRuntime(
  pallets: readonly AnyRuntimePallet[],
  nodeApis: Readonly<Record<string, RuntimeApi>> = {},
): Runtime {
  const byName = new Map(pallets.map((pallet) => [pallet.spec.name, pallet]));
  if (byName.size !== pallets.length) throw new RangeError("two pallets share a name");
  const apis = inOrder([nodeApis, ...pallets.map((pallet) => pallet.runtimeApis ?? {})]);
  const methods = new Map<string, AnyApiMethod>();
  for (const [trait, api] of apis)
    for (const [name, method] of Object.entries(api.methods)) methods.set(`${trait}_${name}`, method);
  const version = {
    ...RUNTIME_VERSION,
    apis: [...apis].map(([name, api]): [Uint8Array, number] => [apiId(name), api.version]),
  };
  const chosen = new WeakMap<(pallet: AnyRuntimePallet) => boolean, readonly AnyRuntimePallet[]>();
  // By the bytes themselves: they are the same object from block to block.
  const versions = new WeakMap<Uint8Array, RuntimeVersion>();
  return {
    pallets,
    palletsThat(has) {
      const known = chosen.get(has) ?? pallets.filter(has);
      chosen.set(has, known);
      return known;
    },
    version,
    versionAt(state) {
      const code = state.getRaw(CODE_KEY);
      if (code === undefined) return version;
      let at = versions.get(code);
      if (at === undefined) {
        at = { ...version, spec_version: specVersionOf(code) ?? version.spec_version };
        versions.set(code, at);
      }
      return at;
    },
    apis,
    callImpl: (call) => byName.get(call.pallet)?.calls[call.name],
    apiMethod: (name) => methods.get(name),
    loadApi: (name) => apis.get(name.slice(0, name.indexOf("_")))?.load?.(),
  };
}

/** APIs by name, in the runtime's order; those it does not know come last. */
function inOrder(tables: readonly Readonly<Record<string, RuntimeApi>>[]): ReadonlyMap<string, RuntimeApi> {
  const entries = tables.flatMap((table) => Object.entries(table));
  const place = (name: string): number => PLACES.get(name) ?? PLACES.size;
  const apis = new Map(entries.sort(([a], [b]) => place(a) - place(b)));
  if (apis.size !== entries.length) throw new RangeError("two runtime APIs share a name");
  return apis;
}

/** Weight of a call's function. */
export function callWeight(impl: CallImpl<never> | undefined): bigint {
  return impl?.weight ?? DEFAULT_WEIGHT;
}

/** Identifier of a runtime API: Blake2-64 of its trait name. */
function apiId(trait: string): Uint8Array {
  return blake2AsU8a(utf8(trait), 64);
}

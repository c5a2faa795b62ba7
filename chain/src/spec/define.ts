/**
 * The pallet table: storage, calls, events, errors and constants of one pallet as data, typed so that call arguments, storage keys and values
 * and event fields are inferred wherever the table is used. The dev chain, its metadata and the client read the same table.
 */
import type { AnyScale, FieldDef, FieldValues, Fields, ScaleType, ValueOf, VariantDef } from "./scale/scale-type.ts";
import { anonymous, tuple } from "./scale/structs.ts";

/** Storage key hashers of FRAME. Identity keeps the key bytes; the Concat ones append them to the hash. */
export type Hasher =
  | "Identity"
  | "Blake2_128"
  | "Blake2_256"
  | "Blake2_128Concat"
  | "Twox64Concat"
  | "Twox128"
  | "Twox256";

/** One key of a storage map. */
export interface KeySpec<T = unknown> {
  readonly hasher: Hasher;
  readonly type: ScaleType<T>;
}

/**
 * A storage item. `K` are its keys (empty for a plain value), `V` the stored value, `Q` what a read returns: `V` where a missing entry has a
 * default, `V | undefined` where it is optional.
 */
export interface StorageItem<K extends readonly unknown[] = readonly unknown[], V = unknown, Q = unknown> {
  readonly pallet: string;
  readonly name: string;
  readonly keys: readonly KeySpec[];
  readonly value: ScaleType<V>;
  readonly optional: boolean;
  /** SCALE bytes of the default, as metadata carries them; 0x00 for an optional item. */
  readonly defaultBytes: Uint8Array;
  /** What a missing entry reads as. A fresh value each time: a caller may change it. */
  readonly missing: () => Q;
  /** Type-level only: the keys. */
  readonly $keys?: (...keys: K) => void;
}

type StorageDraft<K extends readonly unknown[], V, Q> = Omit<StorageItem<K, V, Q>, "pallet" | "name">;
type AnyDraft = StorageDraft<never, unknown, unknown> | StorageDraft<readonly unknown[], unknown, unknown>;

type KeyPairs = readonly (readonly [Hasher, AnyScale])[];
type KeyValues<P extends KeyPairs> = { -readonly [I in keyof P]: ValueOf<P[I][1]> };

/** A plain storage value with a default. */
export function value<V>(spec: { value: ScaleType<V>; default: V }): StorageDraft<[], V, V>;
/** A plain storage value that may be absent. */
export function value<V>(spec: { value: ScaleType<V>; optional: true }): StorageDraft<[], V, V | undefined>;
export function value<V>(spec: {
  value: ScaleType<V>;
  default?: V;
  optional?: true;
}): StorageDraft<[], V, V | undefined> {
  return draft<[], V>([], spec);
}

/** A storage map of one or more keys with a default. */
export function map<const P extends KeyPairs, V>(spec: {
  keys: P;
  value: ScaleType<V>;
  default: V;
}): StorageDraft<KeyValues<P>, V, V>;
/** A storage map of one or more keys whose entries may be absent. */
export function map<const P extends KeyPairs, V>(spec: {
  keys: P;
  value: ScaleType<V>;
  optional: true;
}): StorageDraft<KeyValues<P>, V, V | undefined>;
export function map<const P extends KeyPairs, V>(spec: {
  keys: P;
  value: ScaleType<V>;
  default?: V;
  optional?: true;
}): StorageDraft<KeyValues<P>, V, V | undefined> {
  return draft<KeyValues<P>, V>(
    spec.keys.map(([hasher, type]) => ({ hasher, type })),
    spec,
  );
}

function draft<K extends readonly unknown[], V>(
  keys: readonly KeySpec[],
  spec: { value: ScaleType<V>; default?: V; optional?: true },
): StorageDraft<K, V, V | undefined> {
  if (spec.optional)
    return { keys, value: spec.value, optional: true, defaultBytes: new Uint8Array(1), missing: () => undefined };
  const defaultBytes = spec.value.enc(spec.default as V);
  const first = spec.value.dec(defaultBytes);
  const missing = typeof first === "object" ? () => spec.value.dec(defaultBytes) : () => first;
  return { keys, value: spec.value, optional: false, defaultBytes, missing };
}

/** A call: its index in the pallet and its arguments in order. */
export interface CallSpec<F extends Fields = Fields> {
  readonly index: number;
  readonly args: F;
}

/** An event: its index and its fields, named (an object) or positional (an array). */
export interface EventSpec {
  readonly index: number;
  readonly fields?: Fields | readonly AnyScale[];
}

/** A constant of metadata. */
export interface ConstantSpec<T = unknown> {
  readonly type: ScaleType<T>;
  readonly value: T;
}

/** A constant: its type and its value. */
export function constant<T>(type: ScaleType<T>, of: T): ConstantSpec<T> {
  return { type, value: of };
}

interface PalletDraft {
  /** Name in construct_runtime. */
  readonly name: string;
  /** Index in construct_runtime: first byte of a call, of an event and of a module error. */
  readonly index: number;
  /** Rust crate, for the paths of the call, event and error enums; `pallet_<snake case name>` where absent. */
  readonly crate?: string;
  readonly storage?: Readonly<Record<string, AnyDraft>>;
  readonly calls?: Readonly<Record<string, CallSpec>>;
  readonly events?: Readonly<Record<string, EventSpec>>;
  /** Names in index order. */
  readonly errors?: readonly string[];
  readonly constants?: Readonly<Record<string, ConstantSpec>>;
}

type StorageOf<S> = {
  readonly [N in keyof S]: S[N] extends StorageDraft<infer K, infer V, infer Q> ? StorageItem<K, V, Q> : never;
};
type Given<D, K extends string, Empty> = K extends keyof D ? Exclude<D[K], undefined> : Empty;

/** A pallet table of any content. */
export interface PalletSpec {
  readonly name: string;
  readonly index: number;
  readonly crate: string;
  readonly storage: Readonly<Record<string, AnyItem>>;
  readonly calls: Readonly<Record<string, CallSpec>>;
  readonly events: Readonly<Record<string, EventSpec>>;
  readonly errors: readonly string[];
  readonly constants: Readonly<Record<string, ConstantSpec>>;
}

/** The table {@link definePallet} returns for a draft. */
export type DefinedPallet<D extends PalletDraft> = {
  readonly name: D["name"];
  readonly index: D["index"];
  readonly crate: string;
  readonly storage: StorageOf<Given<D, "storage", Record<never, never>>>;
  readonly calls: Given<D, "calls", Record<never, never>>;
  readonly events: Given<D, "events", Record<never, never>>;
  readonly errors: Given<D, "errors", readonly never[]>;
  readonly constants: Given<D, "constants", Record<never, never>>;
};

/** A storage item of any keys and value. */
export type AnyItem = StorageItem<never, unknown, unknown>;
/** Key tuple of a storage item; any keys where the item is not known. */
export type KeysOf<I> =
  I extends StorageItem<infer K, unknown, unknown> ? ([K] extends [never] ? readonly unknown[] : K) : never;
/** Stored value of a storage item. */
export type StoredOf<I> = I extends { readonly value: ScaleType<infer V> } ? V : never;
/** What reading a storage item returns. */
export type QueryOf<I> = I extends { readonly missing: () => infer Q } ? Q : never;

/** Makes a pallet table: fills in the storage items' names. Throws on two entries with one index. */
export function definePallet<const D extends PalletDraft>(given: D): DefinedPallet<D> {
  const storage = Object.fromEntries(
    Object.entries(given.storage ?? {}).map(([name, item]) => [name, { ...item, pallet: given.name, name }]),
  );
  for (const table of [given.calls ?? {}, given.events ?? {}]) {
    const indices = Object.values(table).map((entry) => entry.index);
    if (new Set(indices).size !== indices.length) throw new RangeError(`two entries of ${given.name} share an index`);
  }
  const crate = given.crate ?? `pallet_${given.name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}`;
  const filled = {
    name: given.name,
    index: given.index,
    crate,
    storage,
    calls: given.calls ?? {},
    events: given.events ?? {},
    errors: given.errors ?? [],
    constants: given.constants ?? {},
  };
  return filled as unknown as DefinedPallet<D>;
}

/** Argument object of a call. */
export type CallArgs<S extends PalletSpec, N extends keyof S["calls"]> = S["calls"][N] extends {
  readonly args: infer F extends Fields;
}
  ? FieldValues<F>
  : never;

/** Fields of an event: an object where they are named, an array where they are positional, undefined where there are none. */
export type EventFields<S extends PalletSpec, N extends keyof S["events"]> = S["events"][N] extends {
  readonly fields: infer F;
}
  ? F extends readonly AnyScale[]
    ? { -readonly [I in keyof F]: ValueOf<F[I]> }
    : F extends Fields
      ? FieldValues<F>
      : undefined
  : undefined;

const eventTypes = new WeakMap<EventSpec, AnyScale>();

/** The SCALE type of an event's fields. */
export function eventFieldsType(event: EventSpec): AnyScale {
  let type = eventTypes.get(event);
  if (type === undefined) {
    const fields = event.fields ?? [];
    type = isPositional(fields) ? tuple(...fields) : anonymous(fields);
    eventTypes.set(event, type);
  }
  return type;
}

/** Fields of an event as metadata lists them. */
export function eventFieldDefs(event: EventSpec): readonly FieldDef[] {
  const fields = event.fields ?? [];
  return isPositional(fields)
    ? fields.map((type) => ({ type }))
    : Object.entries(fields).map(([name, type]) => ({ name, type }));
}

/** The call enum of a pallet as metadata lists it. */
export function callVariants(pallet: PalletSpec): readonly VariantDef[] {
  return Object.entries(pallet.calls).map(([name, call]) => ({
    name,
    index: call.index,
    fields: Object.entries(call.args).map(([field, type]) => ({ name: field, type })),
  }));
}

function isPositional(fields: Fields | readonly AnyScale[]): fields is readonly AnyScale[] {
  return Array.isArray(fields);
}

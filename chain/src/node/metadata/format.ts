/** Metadata versions 14, 15 and 16 as SCALE structures. */
import { bytes, text } from "../../spec/scale/byte-strings.ts";
import { compact, u32, u8 } from "../../spec/scale/numbers.ts";
import { type TypeDef, scaleType } from "../../spec/scale/scale-type.ts";
import { btreeMap, vec } from "../../spec/scale/sequences.ts";
import { struct, tuple, unit } from "../../spec/scale/structs.ts";
import { option, variant } from "../../spec/scale/variants.ts";
import type { Primitive } from "../../spec/scale/scale-type.ts";

const id = compact(u32);
const docs = vec(text);
const primitives: readonly (Primitive | undefined)[] = [
  "bool",
  undefined,
  "str",
  "u8",
  "u16",
  "u32",
  "u64",
  "u128",
  undefined,
  "i8",
  "i16",
  "i32",
  "i64",
  "i128",
];
const primitiveDef: TypeDef = { kind: "primitive", primitive: "u8" };
const primitive = scaleType<string>(
  primitiveDef,
  1,
  (out, name) => out.u8(primitives.indexOf(name as Primitive)),
  (input) => primitives[input.u8()] ?? "unknown",
);
const field = struct("", { name: option(text), type: id, typeName: option(text), docs });
const fields = vec(field);
const def = variant("", {
  Composite: fields,
  Variant: vec(struct("", { name: text, fields, index: u8, docs })),
  Sequence: id,
  Array: struct("", { length: u32, type: id }),
  Tuple: vec(id),
  Primitive: primitive,
  Compact: id,
});
const lookup = vec(
  struct("", {
    id,
    type: struct("", { path: vec(text), params: vec(struct("", { name: text, type: option(id) })), def, docs }),
  }),
);

const hasher = variant("", {
  Blake2_128: undefined,
  Blake2_256: undefined,
  Blake2_128Concat: undefined,
  Twox128: undefined,
  Twox256: undefined,
  Twox64Concat: undefined,
  Identity: undefined,
});
const storageItem = {
  name: text,
  modifier: variant("", { Optional: undefined, Default: undefined }),
  type: variant("", { Plain: id, Map: struct("", { hashers: vec(hasher), key: id, value: id }) }),
  fallback: bytes,
  docs,
};
const constantItem = { name: text, type: id, value: bytes, docs };
const palletV14 = {
  name: text,
  storage: option(struct("", { prefix: text, items: vec(struct("", storageItem)) })),
  calls: option(id),
  events: option(id),
  constants: vec(struct("", constantItem)),
  errors: option(id),
  index: u8,
};
const extension = struct("", { identifier: text, type: id, additionalSigned: id });
const outerEnums = struct("", { call: id, event: id, error: id });
const apiMethod = { name: text, inputs: vec(struct("", { name: text, type: id })), output: id, docs };
const custom = vec(tuple(text, struct("", { type: id, value: bytes })));

/** Body of V14, after the magic number and the version byte. */
export const metadataV14 = struct("", {
  lookup,
  pallets: vec(struct("", palletV14)),
  extrinsic: struct("", { type: id, version: u8, extensions: vec(extension) }),
  type: id,
});

/** Body of V15. */
export const metadataV15 = struct("", {
  lookup,
  pallets: vec(struct("", { ...palletV14, docs })),
  extrinsic: struct("", { version: u8, address: id, call: id, signature: id, extra: id, extensions: vec(extension) }),
  type: id,
  apis: vec(struct("", { name: text, methods: vec(struct("", apiMethod)), docs })),
  outerEnums,
  custom,
});

/** Nothing here is deprecated: always the first alternative. */
const deprecation = variant("", { NotDeprecated: undefined });
const enumRef = option(struct("", { type: id, deprecations: vec(unit) }));

/** Body of V16. */
export const metadataV16 = struct("", {
  lookup,
  pallets: vec(
    struct("", {
      name: text,
      storage: option(struct("", { prefix: text, items: vec(struct("", { ...storageItem, deprecation })) })),
      calls: enumRef,
      events: enumRef,
      constants: vec(struct("", { ...constantItem, deprecation })),
      errors: enumRef,
      associatedTypes: vec(unit),
      viewFunctions: vec(unit),
      index: u8,
      docs,
      deprecation,
    }),
  ),
  extrinsic: struct("", {
    versions: vec(u8),
    address: id,
    call: id,
    signature: id,
    extensionsByVersion: btreeMap(u8, vec(id)),
    extensions: vec(extension),
  }),
  apis: vec(
    struct("", {
      name: text,
      methods: vec(struct("", { ...apiMethod, deprecation })),
      docs,
      version: compact(u32),
      deprecation,
    }),
  ),
  outerEnums,
  custom,
});

/** Result types of ProxyFilterRuntimeApi, in SCALE field order. Source: spec/subtensor-interface.md 4.1, 4.2. */
import { bytes } from "./scale/byte-strings.ts";
import { bool, u128, u8 } from "./scale/numbers.ts";
import type { ValueOf } from "./scale/scale-type.ts";
import { vec } from "./scale/sequences.ts";
import { anonymous, struct } from "./scale/structs.ts";
import { option, variant } from "./scale/variants.ts";

/** A type of proxy by name and number. */
export const proxyTypeInfo = struct("subtensor_runtime_common::ProxyTypeInfo", {
  name: bytes,
  index: u8,
  deprecated: bool,
});

const callCondition = variant("subtensor_runtime_common::CallCondition", {
  ParamLessThan: anonymous({ param_name: bytes, limit: u128 }),
  NestedCallMustBe: anonymous({ pallet_name: bytes, call_name: bytes }),
});
/** What a call has to fulfil beyond its name. */
export type CallCondition = ValueOf<typeof callCondition>;

const callInfo = struct("subtensor_runtime_common::CallInfo", {
  pallet_name: bytes,
  pallet_index: u8,
  call_name: option(bytes),
  call_index: option(u8),
  condition: option(callCondition),
});
/** One call, or all calls of a pallet where its name is absent. */
export type CallInfo = ValueOf<typeof callInfo>;

const filterMode = variant("subtensor_runtime_common::FilterMode", {
  AllowAll: undefined,
  DenyAll: undefined,
  Allow: undefined,
  Deny: undefined,
});
/** How the calls of a filter are meant. */
export type FilterMode = ValueOf<typeof filterMode>["type"];

/** What a type of proxy may do: `exceptions` are calls that `calls` names, but does not mean. */
export const proxyFilterInfo = struct("subtensor_runtime_common::ProxyFilterInfo", {
  proxy_type: u8,
  name: bytes,
  deprecated: bool,
  filter_mode: filterMode,
  calls: vec(callInfo),
  exceptions: vec(callInfo),
});
/** Value of {@link proxyFilterInfo}. */
export type ProxyFilterInfo = ValueOf<typeof proxyFilterInfo>;

/** Fields of SDK 10's synapse base class (spec/wire-protocols.md 1.1): never a part of a task's own request or answer. */
export const synapseBaseFields: ReadonlySet<string> = new Set([
  "name",
  "timeout",
  "total_size",
  "header_size",
  "dendrite",
  "axon",
  "computed_body_hash",
  "required_hash_fields",
]);

/** The version we state, in SDK 10's way of writing 10.5.0. SDK 10 checks a nonce's age only from 7.2.0 on; nothing else depends on it. */
export const statedSdkVersion = 10_005_000;

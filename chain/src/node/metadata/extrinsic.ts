/** The extrinsic format as metadata describes it: address, signature, and the thirteen extensions in wire order (spec/subtensor-interface.md 1.3). */
import { runtimeCall } from "../../spec/call.ts";
import { h256, multiAddress } from "../../spec/scale/accounts.ts";
import { bytes, fixedBytes } from "../../spec/scale/byte-strings.ts";
import { compact, u32, u64, u8 } from "../../spec/scale/numbers.ts";
import { type AnyScale, type TypeDef, scaleType } from "../../spec/scale/scale-type.ts";
import { newtype, struct, tuple, unit } from "../../spec/scale/structs.ts";
import { option, variant } from "../../spec/scale/variants.ts";
import { multiSignature } from "../../spec/types.ts";

/** One transaction extension: what it adds to the extrinsic and to what is signed. */
export interface ExtensionSpec {
  readonly identifier: string;
  readonly type: AnyScale;
  readonly additionalSigned: AnyScale;
}

const marker = (path: string): AnyScale => struct(path, {});

/** Era as clients know it: Immortal, and Mortal1 to Mortal255 with the second byte as data. */
const era = ((): AnyScale => {
  const mortal = Array.from({ length: 255 }, (_, i) => ({
    name: `Mortal${i + 1}`,
    index: i + 1,
    fields: [{ type: u8 }],
  }));
  const def: TypeDef = {
    kind: "variant",
    path: "sp_runtime::generic::era::Era",
    params: [],
    variants: [{ name: "Immortal", index: 0, fields: [] }, ...mortal],
  };
  return scaleType<Uint8Array>(
    def,
    1,
    (out, v) => out.put(v),
    (input) => input.take(1),
  );
})();

const mode = variant("frame_metadata_hash_extension::Mode", { Disabled: undefined, Enabled: undefined });

/** The extensions, in order. */
export const extensions: readonly ExtensionSpec[] = [
  {
    identifier: "CheckNonZeroSender",
    type: marker("frame_system::extensions::check_non_zero_sender::CheckNonZeroSender"),
    additionalSigned: unit,
  },
  {
    identifier: "CheckSpecVersion",
    type: marker("frame_system::extensions::check_spec_version::CheckSpecVersion"),
    additionalSigned: u32,
  },
  {
    identifier: "CheckTxVersion",
    type: marker("frame_system::extensions::check_tx_version::CheckTxVersion"),
    additionalSigned: u32,
  },
  {
    identifier: "CheckGenesis",
    type: marker("frame_system::extensions::check_genesis::CheckGenesis"),
    additionalSigned: h256,
  },
  {
    identifier: "CheckMortality",
    type: newtype("node_subtensor_runtime::check_mortality::CheckMortality", era),
    additionalSigned: h256,
  },
  {
    identifier: "CheckNonce",
    type: newtype("node_subtensor_runtime::check_nonce::CheckNonce", compact(u32)),
    additionalSigned: unit,
  },
  {
    identifier: "CheckWeight",
    type: marker("frame_system::extensions::check_weight::CheckWeight"),
    additionalSigned: unit,
  },
  {
    identifier: "ChargeTransactionPayment",
    type: newtype("pallet_transaction_payment::ChargeTransactionPayment", compact(u64)),
    additionalSigned: unit,
  },
  {
    identifier: "SudoTransactionExtension",
    type: marker("node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension"),
    additionalSigned: unit,
  },
  {
    identifier: "CheckShieldedTxValidity",
    type: marker("pallet_shield::extension::CheckShieldedTxValidity"),
    additionalSigned: unit,
  },
  {
    identifier: "SubtensorTransactionExtension",
    type: marker("pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension"),
    additionalSigned: unit,
  },
  { identifier: "DrandPriority", type: marker("pallet_drand::drand_priority::DrandPriority"), additionalSigned: unit },
  {
    identifier: "CheckMetadataHash",
    type: struct("frame_metadata_hash_extension::CheckMetadataHash", { mode }),
    additionalSigned: option(fixedBytes(32)),
  },
];

const call = runtimeCall();
const extra = tuple(...extensions.map((extension) => extension.type));

const parts = [
  { name: "Address", type: multiAddress },
  { name: "Call", type: call },
  { name: "Signature", type: multiSignature },
];

/**
 * Types of an extrinsic's parts; clients find them by the parameter names of the extrinsic type. Frontier's extrinsic is Substrate's, wrapped: the bytes
 * are the same.
 */
export const extrinsicTypes = {
  extrinsic: newtype(
    "fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic",
    newtype("sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic", bytes, [
      ...parts,
      { name: "Extra", type: extra },
    ]),
    [...parts, { name: "Extension", type: extra }],
  ),
  address: multiAddress,
  call,
  signature: multiSignature,
  extra,
} as const;

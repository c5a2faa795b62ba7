/** Accounts, hashes and addresses. */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { bytes, fixedBytes } from "./byte-strings.ts";
import { type ScaleType, type ValueOf, scaleType, wrapped } from "./scale-type.ts";
import { unit } from "./structs.ts";
import { variant } from "./variants.ts";

function hash32(path: string): ScaleType<string> {
  const inner = fixedBytes(32);
  return scaleType<string>(
    wrapped(path, [], inner),
    32,
    (out, v) => {
      if (v.length === 66 && v.startsWith("0x")) out.putHex(v.slice(2));
      else inner.write(out, hexToBytes(v));
    },
    (input) => `0x${input.hex(32)}`,
  );
}

/** AccountId32 as `0x` lower-case hex. */
export const accountId: ScaleType<string> = hash32("sp_core::crypto::AccountId32");
/** H256 as `0x` lower-case hex. */
export const h256: ScaleType<string> = hash32("primitive_types::H256");

/** MultiAddress<AccountId32, ()>. Only `Id` resolves to an account (spec/subtensor-interface.md 1.1). */
export const multiAddress = variant(
  "sp_runtime::multiaddress::MultiAddress",
  { Id: accountId, Index: compactUnit(), Raw: bytes, Address32: fixedBytes(32), Address20: fixedBytes(20) },
  [
    { name: "AccountId", type: accountId },
    { name: "AccountIndex", type: unit },
  ],
);
/** Value of a {@link multiAddress}. */
export type MultiAddress = ValueOf<typeof multiAddress>;

function compactUnit(): ScaleType<undefined> {
  return scaleType<undefined>(
    { kind: "compact", of: unit },
    0,
    () => {},
    () => undefined,
  );
}

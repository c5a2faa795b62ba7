import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";

/** Blake2-256 of a call's SCALE bytes, as `0x` hex: how proxies, multisigs and preimages name a call. */
export function callHash(call: RuntimeCall): string {
  return bytesToHex(blake2b256(runtimeCall().enc(call)));
}

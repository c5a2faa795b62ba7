/** An extrinsic in words: who signed it, and its call with its arguments. */
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";
import type { Extrinsic } from "../block/extrinsic.ts";
import { scaleToJson } from "./scale-to-json.ts";

/** The extrinsic; `signer` is null for one without a signature. */
export function extrinsicJson(extrinsic: Extrinsic): Readonly<Record<string, unknown>> {
  const { hash, call } = extrinsic;
  if (extrinsic.kind === "bare") return { hash, signer: null, ...callJson(call) };
  const { signer, nonce, tip } = extrinsic;
  const who = signer.type === "Id" ? encodeAddress(hexToBytes(signer.value)) : signer.type;
  return { hash, signer: who, nonce, tipRao: String(tip), ...callJson(call) };
}

/** A call: pallet, name, arguments. */
export function callJson(call: RuntimeCall): Readonly<Record<string, unknown>> {
  const json = scaleToJson(runtimeCall(), runtimeCall().enc(call)) as Readonly<Record<string, unknown>>;
  const inner = json[call.pallet];
  const args = typeof inner === "object" && inner !== null ? ((inner as Record<string, unknown>)[call.name] ?? {}) : {};
  return { call: `${call.pallet}.${call.name}`, args };
}

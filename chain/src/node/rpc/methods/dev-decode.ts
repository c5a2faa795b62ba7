/** dev_decode: what bytes are. */
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { runtimeCall } from "../../../spec/call.ts";
import { ScaleError } from "../../../spec/cursor.ts";
import { palletSpecs } from "../../../spec/pallets.ts";
import { dispatchError } from "../../../spec/types.ts";
import { decodeExtrinsic } from "../../block/extrinsic.ts";
import { rawKey } from "../../storage/state.ts";
import { decodeStorageKey, palletOfPrefix } from "../decoded-key.ts";
import { errorWithDocs, words } from "../error-text.ts";
import { callJson, extrinsicJson } from "../extrinsic-json.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

type Reading = Readonly<Record<string, unknown>> & { readonly kind: string };

/** The verb. Answers with the likeliest reading, and with `also` where bytes can be read in another way. */
export function devDecodeMethods(): MethodTable {
  return {
    dev_decode: (params) => {
      const hex = hexOf(params);
      const [first, ...also] = readings.flatMap((read) => attempt(() => read(hex)) ?? []);
      if (first === undefined)
        throw new RpcError(-32_000, "These bytes are no storage key, extrinsic, call or error of this runtime");
      return also.length > 0 ? { ...first, also } : first;
    },
  };
}

/** `{hex}`, or the hex itself. */
function hexOf(params: Params): string {
  const given = params.raw(0);
  const hex = typeof given === "string" ? given : params.object(0)["hex"];
  if (typeof hex !== "string" || !/^0x([0-9a-fA-F]{2})+$/.test(hex))
    throw invalidParams("hex must be 0x and whole bytes: a storage key, an extrinsic, a call, or an error");
  return hex;
}

const readings: readonly ((hex: string) => Reading | undefined)[] = [
  storageKeyReading,
  (hex) => ({ kind: "extrinsic", ...extrinsicJson(decodeExtrinsic(hexToBytes(hex))) }),
  (hex) => ({ kind: "call", ...callJson(runtimeCall().dec(hexToBytes(hex))) }),
  moduleErrorReading,
  (hex) => ({ kind: "error", ...errorWithDocs(dispatchError.dec(hexToBytes(hex))) }),
];

function storageKeyReading(hex: string): Reading | undefined {
  const key = rawKey(hex);
  const pallet = palletOfPrefix(key);
  if (pallet !== undefined) return { kind: "storageKey", item: pallet, keys: [] };
  const decoded = decodeStorageKey(key);
  return decoded === undefined ? undefined : { kind: "storageKey", item: decoded.name, keys: decoded.keys };
}

/** A module error as `ModuleError` writes it: the pallet's index, and the error's in one byte or in four. */
function moduleErrorReading(hex: string): Reading | undefined {
  const [index, error, ...rest] = hexToBytes(hex);
  if (error === undefined || (rest.length !== 0 && rest.length !== 3) || rest.some((byte) => byte !== 0))
    return undefined;
  const pallet = palletSpecs.find((spec) => spec.index === index);
  const name = pallet?.errors[error];
  return name === undefined
    ? undefined
    : { kind: "error", type: "Module", pallet: pallet?.name, name, docs: words(name) };
}

/** Undefined where bytes cannot be read that way. */
function attempt(read: () => Reading | undefined): Reading | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ScaleError || isAppError(cause)) return undefined;
    throw cause;
  }
}

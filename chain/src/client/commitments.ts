import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { type Call, composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { type AtBlock, readStorage } from "./storage.ts";

/** A field of a commitment that is bytes or a hash; other kinds (timelocked, flags) are named only. */
export type CommitmentField =
  | { readonly kind: "raw"; readonly bytes: Uint8Array }
  | { readonly kind: "sha256"; readonly bytes: Uint8Array }
  | { readonly kind: "other"; readonly name: string };

/** What a hotkey has published of itself on a subnet, and the block it did so in. */
export type Commitment = { readonly block: number; readonly fields: readonly CommitmentField[] };

/** The commitment of a hotkey, undefined when it has none. Throws E_CHAIN_SHAPE and the errors of `rpc`. */
export async function readCommitment(
  client: ChainClient,
  netuid: number,
  hotkey: string,
  at: AtBlock = {},
): Promise<Commitment | undefined> {
  const stored = (await readStorage(client, "commitments", "commitmentOf", [netuid, hotkey], at))?.toJSON();
  if (stored === undefined || stored === null) return undefined;
  const { block, info } = stored as { readonly block?: unknown; readonly info?: { readonly fields?: unknown } };
  const fields: unknown = info?.fields;
  if (typeof block !== "number" || !Array.isArray(fields))
    throw appError("E_CHAIN_SHAPE", { what: "commitments.commitmentOf", reason: "it has no block or no fields" });
  return { block, fields: (fields as unknown[]).map(fieldOf) };
}

/** `{ raw5: "0x..." }`, `{ sha256: "0x..." }`, or a bare name. */
function fieldOf(json: unknown): CommitmentField {
  const [[name, value] = ["", undefined]] = typeof json === "object" && json !== null ? Object.entries(json) : [];
  if (typeof value !== "string" || !/^0x([0-9a-f]{2})*$/i.test(value))
    return { kind: "other", name: name || String(json) };
  if (/^raw\d+$/i.test(name)) return { kind: "raw", bytes: hexToBytes(value) };
  return name.toLowerCase() === "sha256" ? { kind: "sha256", bytes: hexToBytes(value) } : { kind: "other", name };
}

/**
 * Composes the call that replaces a hotkey's commitment; it is free. The chain counts at least 100 bytes for it against a space of 3,100 bytes per hotkey and epoch
 * (SpaceLimitExceeded). Throws E_CHAIN_SHAPE for too many or too long fields.
 */
export function composeCommitment(
  client: ChainClient,
  netuid: number,
  fields: readonly Exclude<CommitmentField, { readonly kind: "other" }>[],
): Call {
  const info = {
    fields: fields.map(({ kind, bytes }) =>
      kind === "raw" ? { [`Raw${bytes.length}`]: bytesToHex(bytes) } : { Sha256: bytesToHex(bytes) },
    ),
  };
  return composeCall(client, "commitments", "setCommitment", [netuid, info]);
}

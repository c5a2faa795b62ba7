import type { RequestHeaders } from "../btauth-headers.ts";
import { isHotkeyAddress, publicKeyOf } from "../hotkey-address.ts";
import { headerMatching } from "../request-headers.ts";

/** Names of the headers of SDK 10 (spec/wire-protocols.md 1.1), in lower case. */
export const axonHeaders = {
  name: "name",
  timeout: "timeout",
  bodyHash: "computed_body_hash",
  headerSize: "header_size",
  totalSize: "total_size",
  axonHotkey: "bt_header_axon_hotkey",
  axonIp: "bt_header_axon_ip",
  axonPort: "bt_header_axon_port",
  axonVersion: "bt_header_axon_version",
  axonNonce: "bt_header_axon_nonce",
  axonUuid: "bt_header_axon_uuid",
  axonSignature: "bt_header_axon_signature",
  axonStatusCode: "bt_header_axon_status_code",
  axonStatusMessage: "bt_header_axon_status_message",
  axonProcessTime: "bt_header_axon_process_time",
  dendriteIp: "bt_header_dendrite_ip",
  dendriteVersion: "bt_header_dendrite_version",
  dendriteNonce: "bt_header_dendrite_nonce",
  dendriteUuid: "bt_header_dendrite_uuid",
  dendriteHotkey: "bt_header_dendrite_hotkey",
  dendriteSignature: "bt_header_dendrite_signature",
} as const;

/** What the headers claim; nothing of it is proven yet. */
export type AxonClaim = {
  /** SS58 of the dendrite, which asks. */
  readonly dendrite: string;
  readonly publicKey: Uint8Array;
  /** SS58 of the axon, which is asked. */
  readonly axon: string;
  /** Unix nanoseconds. */
  readonly nonce: bigint;
  readonly uuid: string;
  /** Lower-case hex. */
  readonly bodyHash: string;
  readonly signature: Uint8Array;
  /** Milliseconds the dendrite says it waits; unsigned, and infinite where it waits for ever. */
  readonly timeoutMs: number;
};

/** The dendrite's own default. */
const defaultTimeoutS = 12;
const noncePattern = /^[1-9]\d{0,19}$/;
const uuidPattern = /^[0-9a-fA-F-]{1,40}$/;
const hashPattern = /^[0-9a-f]{64}$/;
const signaturePattern = /^0x[0-9a-fA-F]{128}$/;
/** A float as Python writes it. */
const secondsPattern = /^(?:\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?|inf)$/;

/** Reads the headers. Every value is bounded and of one exact shape. On failure: the name of the header that is missing or misshapen. */
export function parseAxonHeaders(headers: RequestHeaders): AxonClaim | { readonly malformed: string } {
  const text = (name: string, pattern: RegExp): string | undefined => headerMatching(headers, name, pattern);
  const dendrite = headers[axonHeaders.dendriteHotkey];
  const axon = headers[axonHeaders.axonHotkey];
  const nonce = text(axonHeaders.dendriteNonce, noncePattern);
  const uuid = text(axonHeaders.dendriteUuid, uuidPattern);
  const bodyHash = text(axonHeaders.bodyHash, hashPattern);
  const signature = text(axonHeaders.dendriteSignature, signaturePattern);
  const timeout = headers[axonHeaders.timeout] === undefined ? "" : text(axonHeaders.timeout, secondsPattern);
  if (typeof dendrite !== "string" || !isHotkeyAddress(dendrite)) return { malformed: axonHeaders.dendriteHotkey };
  if (typeof axon !== "string" || !isHotkeyAddress(axon)) return { malformed: axonHeaders.axonHotkey };
  if (nonce === undefined) return { malformed: axonHeaders.dendriteNonce };
  if (uuid === undefined) return { malformed: axonHeaders.dendriteUuid };
  if (bodyHash === undefined) return { malformed: axonHeaders.bodyHash };
  if (signature === undefined) return { malformed: axonHeaders.dendriteSignature };
  if (timeout === undefined) return { malformed: axonHeaders.timeout };
  const publicKey = publicKeyOf(dendrite);
  if (publicKey === undefined) return { malformed: axonHeaders.dendriteHotkey };
  return {
    dendrite,
    publicKey,
    axon,
    nonce: BigInt(nonce),
    uuid,
    bodyHash,
    signature: Buffer.from(signature.slice(2), "hex"),
    timeoutMs: 1_000 * (timeout === "" ? defaultTimeoutS : secondsOf(timeout)),
  };
}

/** How long a dendrite waits that says so: none at all is what its HTTP client calls no limit. */
function secondsOf(timeout: string): number {
  const seconds = timeout === "inf" ? Number.POSITIVE_INFINITY : Number(timeout);
  return seconds === 0 ? Number.POSITIVE_INFINITY : seconds;
}

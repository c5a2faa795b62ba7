import { sha256Hex } from "../crypto/hash.ts";
import { type Keypair, type KeyScheme, verifySignature } from "../crypto/keypair.ts";
import { decodeAddress } from "../crypto/ss58.ts";
import { hexToBytes, utf8 } from "../util/bytes.ts";
import type { RequestHeaders } from "./btauth-headers.ts";

/**
 * Signed responses, an extension of ours: btauth/1 proves who asked, not who answered. Two headers that other clients ignore. A response is bound
 * to its request by the nonce, so it cannot be replayed as the answer to another one.
 */

/** Names of the response headers, in lower case. */
export const responseHeaders = {
  hotkey: "x-subnetkit-response-hotkey",
  signature: "x-subnetkit-response-signature",
} as const;

/** What the signature of a response covers. */
export type SignedResponse = {
  /** The nonce of the request that is answered, as its dialect names it: a number in decimal, or a uuid. */
  readonly requestNonce: bigint | string;
  /** SS58 hotkey of the one who asked. */
  readonly validator: string;
  /** HTTP status code. */
  readonly status: number;
  /** The raw body as sent; text is sent as UTF-8. */
  readonly body: Uint8Array | string;
};

/** Signs a response with the miner's hotkey: the headers to add. */
export function signResponse({
  keypair,
  ...response
}: SignedResponse & { readonly keypair: Keypair }): Record<string, string> {
  const signature = keypair.sign(responseMessage(response, keypair.address));
  return {
    [responseHeaders.hotkey]: keypair.address,
    [responseHeaders.signature]: `0x${Buffer.from(signature).toString("hex")}`,
  };
}

export type VerifyResponseOptions = SignedResponse & {
  readonly headers: RequestHeaders;
  /** SS58 hotkey of the miner that was asked, from the metagraph, not from the response. */
  readonly miner: string;
  /** Scheme of the miner's hotkey, default sr25519. */
  readonly scheme?: KeyScheme;
};

/** True when this very miner gave this very answer to this very request. Never throws on what a peer sent. */
export function verifyResponse({ headers, miner, scheme = "sr25519", ...response }: VerifyResponseOptions): boolean {
  const signature = headers[responseHeaders.signature];
  if (
    headers[responseHeaders.hotkey] !== miner ||
    typeof signature !== "string" ||
    !/^0x[0-9a-f]{128}$/.test(signature)
  )
    return false;
  return verifySignature(scheme, responseMessage(response, miner), hexToBytes(signature), decodeAddress(miner));
}

/** The bytes that are signed: six lines, no newline at the end. */
export function responseMessage({ requestNonce, validator, status, body }: SignedResponse, miner: string): Uint8Array {
  return utf8(["subnetkit-response/1", requestNonce, validator, miner, status, sha256Hex(body)].join("\n"));
}

import { isHotkeyAddress, publicKeyOf } from "./hotkey-address.ts";
import { headerMatching } from "./request-headers.ts";

/** Headers as Node gives them: names in lower case, a repeated `x-` header joined with commas. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Names of the btauth/1 headers, in lower case. */
export const btauthHeaders = {
  version: "x-bittensor-version",
  hotkey: "x-bittensor-hotkey",
  receiver: "x-bittensor-receiver",
  nonce: "x-bittensor-nonce",
  crypto: "x-bittensor-crypto",
  signature: "x-bittensor-signature",
} as const;

/** What the headers claim; nothing of it is proven yet. */
export type BtauthClaim = {
  readonly hotkey: string;
  readonly publicKey: Uint8Array;
  readonly receiver: string | undefined;
  readonly nonce: bigint;
  /** The same as it was sent. */
  readonly nonceText: string;
  readonly scheme: string;
  /** `0x` and 128 hex digits. */
  readonly signatureHex: string;
};

const noncePattern = /^[1-9]\d{0,19}$/;
const signaturePattern = /^0x[0-9a-f]{128}$/;
const schemePattern = /^[a-z0-9]{1,16}$/;

/**
 * Reads the headers. Every value is bounded and of one exact shape, so this cannot throw and costs microseconds whatever was sent; a header
 * sent twice is refused by its shape. On failure: the name of the header that is missing or misshapen.
 */
export function parseBtauthHeaders(headers: RequestHeaders): BtauthClaim | { readonly malformed: string } {
  const hotkey = headers[btauthHeaders.hotkey];
  const nonce = headerMatching(headers, btauthHeaders.nonce, noncePattern);
  const signature = headerMatching(headers, btauthHeaders.signature, signaturePattern);
  const receiver = headers[btauthHeaders.receiver];
  const scheme =
    headers[btauthHeaders.crypto] === undefined
      ? "sr25519"
      : headerMatching(headers, btauthHeaders.crypto, schemePattern);
  if (headers[btauthHeaders.version] !== "1") return { malformed: btauthHeaders.version };
  if (typeof hotkey !== "string" || !isHotkeyAddress(hotkey)) return { malformed: btauthHeaders.hotkey };
  if (receiver !== undefined && (typeof receiver !== "string" || !isHotkeyAddress(receiver)))
    return { malformed: btauthHeaders.receiver };
  if (nonce === undefined) return { malformed: btauthHeaders.nonce };
  if (scheme === undefined) return { malformed: btauthHeaders.crypto };
  if (signature === undefined) return { malformed: btauthHeaders.signature };
  const publicKey = publicKeyOf(hotkey);
  if (publicKey === undefined) return { malformed: btauthHeaders.hotkey };
  return {
    hotkey,
    publicKey,
    receiver,
    nonce: BigInt(nonce),
    nonceText: nonce,
    scheme,
    signatureHex: signature,
  };
}

import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { responseHeaders } from "@subnetkit/shared/protocol/response-signature";

/** Headers of a reply as OpenAPI describes them. */
export type ReplyHeaders = Readonly<
  Record<string, { readonly required: boolean; readonly schema: { readonly type: string } }>
>;

const textHeaders = (names: readonly string[], required: boolean): ReplyHeaders =>
  Object.fromEntries(names.map((name) => [name, { required, schema: { type: "string" } }]));

/** The signature over an answer. */
export const signedHeaders = (required: boolean): ReplyHeaders => textHeaders(Object.values(responseHeaders), required);

/** What an axon of SDK 10 says of itself in an answer. */
export const axonReplyHeaders: ReplyHeaders = textHeaders(
  [
    axonHeaders.axonStatusCode,
    axonHeaders.axonStatusMessage,
    axonHeaders.axonProcessTime,
    axonHeaders.axonVersion,
    axonHeaders.axonNonce,
    axonHeaders.axonUuid,
    axonHeaders.axonHotkey,
    axonHeaders.axonSignature,
  ],
  true,
);

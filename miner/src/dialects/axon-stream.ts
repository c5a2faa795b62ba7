import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import type { StreamFraming } from "../server/wire.ts";

/**
 * A stream as SDK 10's StreamingSynapse reads it (spec/wire-protocols.md 1.1): the body is the chunks and nothing else, their meaning is the class's
 * own. A chunk of text is sent as it is, which is what the field's classes decode; anything else as one line of JSON. There is no last word in which
 * to say that an answer is incomplete or who gave it: an error cuts the connection, and only the native dialects have signed streams.
 */
export function axonStream(headers: Readonly<Record<string, string>>): StreamFraming {
  return {
    headers: { ...headers, "content-type": streamContentType },
    chunk: (json) => {
      const value: unknown = JSON.parse(json);
      return Buffer.from(typeof value === "string" ? value : `${json}\n`, "utf8");
    },
    end: (status) => (status === 200 ? new Uint8Array(0) : undefined),
  };
}

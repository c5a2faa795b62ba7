import { requestNonceHeader } from "@subnetkit/shared/protocol/tls/connection-dialect";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import type { ClientDialect } from "./client-dialect.ts";
import { readJsonReply } from "./json-reply.ts";

/**
 * The native path over a connection that has proven both ends: no signature, only a name that the miner binds its signed answer to. What a dispute
 * needs is the answer, and that stays signed.
 */
export const tlsCalls: ClientDialect = {
  name: "tls",
  call: ({ task, requestJson }) => {
    const requestNonce = nextNonceNs().toString();
    const headers = { [requestNonceHeader]: requestNonce };
    const body = Buffer.from(requestJson, "utf8");
    return { path: `/v1/tasks/${task.id}`, headers, body, requestNonce, extraBytes: 0, read: readJsonReply };
  },
};

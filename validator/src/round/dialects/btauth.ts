import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import type { ClientDialect } from "./client-dialect.ts";
import { readJsonReply } from "./json-reply.ts";

/** The native dialect: `POST /v1/tasks/<id>` signed by btauth/1, which covers method, path and the whole body. */
export const btauthCalls: ClientDialect = {
  name: "btauth",
  call: ({ task, requestJson, keypair, miner }) => {
    const path = `/v1/tasks/${task.id}`;
    const body = Buffer.from(requestJson, "utf8");
    const nonceNs = nextNonceNs();
    const headers = signRequest({ method: "POST", target: path, body, keypair, receiver: miner.hotkey, nonceNs });
    return { path, headers, body, requestNonce: nonceNs.toString(), extraBytes: 0, read: readJsonReply };
  },
};

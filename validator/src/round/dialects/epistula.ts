import { signEpistula } from "@subnetkit/shared/protocol/epistula/epistula";
import type { ClientDialect } from "./client-dialect.ts";
import { readJsonReply } from "./json-reply.ts";

/** Epistula 2 on the native path: the whole body is signed, method and path are not. */
export const epistulaCalls: ClientDialect = {
  name: "epistula",
  call: ({ task, requestJson, keypair, miner }) => {
    const body = Buffer.from(requestJson, "utf8");
    const { headers, uuid } = signEpistula({ body, keypair, receiver: miner.hotkey });
    return { path: `/v1/tasks/${task.id}`, headers, body, requestNonce: uuid, extraBytes: 0, read: readJsonReply };
  },
};

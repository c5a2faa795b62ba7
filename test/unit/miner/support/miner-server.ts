import { type IncomingMessage, request as httpRequest } from "node:http";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import type { AnsweredRequest } from "@subnetkit/shared/protocol/response-signature";
import { miner, validator } from "../../../support/miner/public-server.ts";

/** Sends a signed request; resolves with the response as soon as its head is there. */
export function open(
  port: number,
  task: string,
  body: unknown,
  { accept = "application/json", nonceNs = nextNonceNs() }: { accept?: string; nonceNs?: bigint } = {},
): Promise<IncomingMessage> {
  const text = JSON.stringify(body);
  const path = `/v1/tasks/${task}`;
  const signed = { method: "POST", target: path, body: Buffer.from(text), receiver: miner.address, nonceNs };
  const headers = { ...signRequest({ ...signed, keypair: validator }), accept, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, method: "POST", path, headers, agent: false }, resolve);
    request.on("error", reject);
    request.end(text);
  });
}

/** What the answer to `open(port, task, body, { nonceNs })` has to be bound to. */
export function answered(task: string, body: unknown, nonceNs: bigint): AnsweredRequest {
  const requestSha256 = sha256Hex(JSON.stringify(body));
  return { requestNonce: nonceNs, validator: validator.address, target: `/v1/tasks/${task}`, requestSha256 };
}

/** The whole body of a response. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

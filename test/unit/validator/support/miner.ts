import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri, type Keypair } from "@subnetkit/shared/crypto/keypair";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";

/** One request as a miner sees it. */
export type Asked = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly keypair: Keypair;
};

/** A miner in this process: a real HTTP server that does what a test tells it. */
export type TestMiner = {
  readonly keypair: Keypair;
  readonly port: number;
  readonly asked: () => number;
  close(): Promise<void>;
};

/** Starts a miner on a free port. `behave` answers, or does not. */
export async function startMiner(uri: string, behave: (asked: Asked) => void | Promise<void>): Promise<TestMiner> {
  const keypair = keypairFromUri(uri);
  let asked = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked += 1;
      void behave({ request, response, body: Buffer.concat(chunks), keypair });
    });
    request.on("error", () => undefined);
    response.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    keypair,
    port: address.port,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The signed headers of an answer with this body. */
export function signedHeaders(
  { request, keypair, body: asked }: Asked,
  body: string,
  status = 200,
): Record<string, string> {
  return signResponse({
    keypair,
    requestNonce: BigInt(String(request.headers[btauthHeaders.nonce])),
    validator: String(request.headers[btauthHeaders.hotkey]),
    target: request.url ?? "",
    requestSha256: sha256Hex(asked),
    status,
    body: Buffer.from(body),
  });
}

/** Answers with a signed JSON body. */
export function answer(asked: Asked, value: unknown): void {
  const body = JSON.stringify(value);
  asked.response.writeHead(200, { "content-type": "application/json", ...signedHeaders(asked, body) });
  asked.response.end(body);
}

/** Answers the sum task rightly. */
export function answerSum(asked: Asked): void {
  const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
  answer(asked, { sum: a + b });
}

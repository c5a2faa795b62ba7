import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { keypairFromUri, type Keypair } from "@subnetkit/shared/crypto/keypair";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { answer, type Asked, signedHeaders } from "../../unit/validator/support/miner.ts";

/** How a miner treats a request that was sent to it. */
export type Behaviour = (asked: Asked) => void;

/** Many miners behind one port: who is meant says the header of the request. */
export type Crowd = {
  readonly port: number;
  readonly keypairs: readonly Keypair[];
  /** Changes how one miner, by its place, behaves; `undefined` makes it honest again. */
  behave(place: number, behaviour: Behaviour | undefined): void;
  close(): Promise<void>;
};

/** Hotkeys of so many miners. */
export function minerKeys(count: number): readonly Keypair[] {
  return Array.from({ length: count }, (_, place) => keypairFromUri(`//Chaos//miner//${place}`));
}

/** Starts miners. Each is wrong now and then, in its own way: averages that never move would hide what is counted twice. */
export async function startCrowd(keypairs: readonly Keypair[]): Promise<Crowd> {
  const places = new Map(keypairs.map(({ address }, place) => [address, place]));
  const behaviours = new Map<number, Behaviour>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    request.on("end", () => {
      const place = places.get(String(request.headers[btauthHeaders.receiver])) ?? 0;
      const keypair = keypairs[place];
      if (keypair === undefined) return;
      (behaviours.get(place) ?? honest(place))({ request, response, body: Buffer.concat(chunks), keypair });
    });
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    keypairs,
    behave(place, behaviour) {
      if (behaviour === undefined) behaviours.delete(place);
      else behaviours.set(place, behaviour);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function honest(place: number): Behaviour {
  return (asked) => {
    const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
    const off = (a + b) % (place + 2) === 0;
    setTimeout(() => answer(asked, { sum: off ? -1 : a + b }), (a + place * 7) % 60);
  };
}

/** Sends bytes without end, none of which means anything. */
export const streamsGarbage: Behaviour = ({ response }) => {
  response.writeHead(200, { "content-type": "application/json" });
  const garbage = Buffer.alloc(16_384, 0xa7);
  const pump = (): void => {
    while (!response.destroyed && response.write(garbage));
    if (!response.destroyed) response.once("drain", pump);
  };
  pump();
};

/** Sends headers and the beginning of an answer, and then nothing more. */
export const stalls: Behaviour = (asked) => {
  const body = JSON.stringify({ sum: 1 });
  asked.response.writeHead(200, {
    "content-type": "application/json",
    "content-length": body.length,
    ...signedHeaders(asked, body),
  });
  asked.response.write(body.slice(0, 3));
};

/** An answer of ten times the size that the task allows, rightly signed. */
export const answersTenfold: Behaviour = (asked) => {
  const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
  answer(asked, { sum: a + b, padding: "x".repeat(20_000) });
};

/** The right answer, signed by another hotkey. */
export function liesAboutHotkey(other: Keypair): Behaviour {
  return (asked) => {
    const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
    answer({ ...asked, keypair: other }, { sum: a + b });
  };
}

/** The right answer, signed by another hotkey and claimed to be by its own. */
export function forgesSignature(other: Keypair): Behaviour {
  return (asked) => {
    const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
    const body = JSON.stringify({ sum: a + b });
    const headers = signedHeaders({ ...asked, keypair: other }, body);
    const claimed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === other.address ? asked.keypair.address : value]),
    );
    asked.response.writeHead(200, { "content-type": "application/json", ...claimed });
    asked.response.end(body);
  };
}

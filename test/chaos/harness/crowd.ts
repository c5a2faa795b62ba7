import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri, type Keypair } from "@subnetkit/shared/crypto/keypair";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import { requestNonceHeader } from "@subnetkit/shared/protocol/tls/connection-dialect";
import type { HotkeyCertificate } from "@subnetkit/shared/protocol/tls/make-certificate";
import { tlsOptions, tlsServerOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { answer, type Asked, signedHeaders } from "../../unit/validator/support/miner.ts";

type Server = Pick<ReturnType<typeof createServer>, "listen" | "address" | "close" | "closeAllConnections">;

/** How a miner treats a request that was sent to it. */
export type Behaviour = (asked: Asked) => void;

/** Many miners behind one port: who is meant says the header of the request. */
export type Crowd = {
  readonly port: number;
  readonly keypairs: readonly Keypair[];
  /** Changes how one miner, by its place, behaves; `undefined` makes it honest again. */
  behave(place: number, behaviour: Behaviour | undefined): void;
  /** Whether a miner's behaviour was never changed. */
  alwaysHonest(place: number): boolean;
  /** Honest miners keep their answers back from now on; what this gives lets all of them go. */
  hold(): { readonly held: () => number; release(): void };
  /** Serves one miner over TLS, honestly, with this certificate; the port. `validator` (ss58) is whom its answers are for. */
  secure(place: number, certificate: HotkeyCertificate, validator: string): Promise<number>;
  /** Requests that came to a miner over TLS. */
  asked(place: number): number;
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
  const changed = new Set<number>();
  const secured: Server[] = [];
  const asked = new Map<number, number>();
  let gate: { waiting: (() => void)[] } | undefined;
  const whenOpen = (go: () => void): void => {
    if (gate === undefined) go();
    else gate.waiting.push(go);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    request.on("end", () => {
      const place = places.get(String(request.headers[btauthHeaders.receiver])) ?? 0;
      const keypair = keypairs[place];
      if (keypair === undefined) return;
      const asked = { request, response, body: Buffer.concat(chunks), keypair };
      const behaviour = behaviours.get(place);
      if (behaviour === undefined) whenOpen(() => honest(place)(asked));
      else behaviour(asked);
    });
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  const port = await listen(server);
  return {
    port,
    keypairs,
    alwaysHonest: (place) => !changed.has(place),
    behave(place, behaviour) {
      changed.add(place);
      if (behaviour === undefined) behaviours.delete(place);
      else behaviours.set(place, behaviour);
    },
    hold() {
      const closed = { waiting: [] as (() => void)[] };
      gate = closed;
      return {
        held: () => closed.waiting.length,
        release() {
          if (gate === closed) gate = undefined;
          for (const go of closed.waiting.splice(0)) go();
        },
      };
    },
    async secure(place, certificate, validator) {
      const keypair = keypairs[place];
      if (keypair === undefined) throw new Error(`no miner ${place}`);
      const options = { ...tlsOptions(certificate), ...tlsServerOptions };
      const secure = createSecureServer(options, (request, response) => {
        asked.set(place, (asked.get(place) ?? 0) + 1);
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        for (const stream of [request, response]) stream.on("error", () => undefined);
        request.on("end", () => {
          const body = Buffer.concat(chunks);
          const answered = JSON.stringify(honestAnswer(place, body));
          const requestNonce = String(request.headers[requestNonceHeader]);
          const about = { target: request.url ?? "", requestSha256: sha256Hex(body), status: 200, body: answered };
          const signed = signResponse({ keypair, requestNonce, validator, ...about });
          response.writeHead(200, { "content-type": "application/json", ...signed }).end(answered);
        });
      });
      secure.on("tlsClientError", (_error, socket) => socket.destroy());
      secured.push(secure);
      return await listen(secure);
    },
    asked: (place) => asked.get(place) ?? 0,
    async close() {
      await Promise.all(
        [server, ...secured].map(
          (one) =>
            new Promise<void>((resolve) => {
              one.close(() => resolve());
              one.closeAllConnections();
            }),
        ),
      );
    },
  };
}

/** Listens on a free port of this machine. */
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Whether an honest miner is right about these two numbers. */
export function isRight(place: number, { a, b }: { readonly a: number; readonly b: number }): boolean {
  return (a + b) % (place + 2) !== 0;
}

function honestAnswer(place: number, body: Buffer): { readonly sum: number } {
  const asked = JSON.parse(body.toString()) as { a: number; b: number };
  return { sum: isRight(place, asked) ? asked.a + asked.b : -1 };
}

function honest(place: number): Behaviour {
  return (asked) => {
    const { a } = JSON.parse(asked.body.toString()) as { a: number };
    setTimeout(() => answer(asked, honestAnswer(place, asked.body)), (a + place * 7) % 60);
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

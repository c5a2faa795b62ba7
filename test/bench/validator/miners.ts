import { createServer } from "node:http";
import { keypairFromSeed, type Keypair } from "@subnetkit/shared/crypto/keypair";
import { prepareFastHashes, sha256 } from "@subnetkit/shared/crypto/hash";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { answerSum } from "../../unit/validator/support/miner.ts";

/** Key of a miner, the same in every run. */
export const minerKey = (i: number): Keypair => keypairFromSeed(sha256(utf8(`bench miner ${i}`)));

/** How long a miner thinks: from 100 ms up, evenly, the last one `slowestMs`. */
const thinkMs = (i: number, count: number, slowestMs: number): number => 100 + ((slowestMs - 100) * i) / (count - 1);

/** `count` miners behind one port, told apart by whom a request is signed for. They answer rightly, signed, after their time. */
export async function serveMiners(text: string): Promise<{ port: number }> {
  const { count, slowestMs } = JSON.parse(text) as { count: number; slowestMs: number };
  await prepareFastHashes();
  const keys = Array.from({ length: count }, (_, i) => minerKey(i));
  const places = new Map(keys.map(({ address }, i) => [address, i]));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const place = places.get(String(request.headers[btauthHeaders.receiver]));
      const keypair = keys[place ?? -1];
      if (place === undefined || keypair === undefined) {
        response.writeHead(404).end();
        return;
      }
      const asked = { request, response, body: Buffer.concat(chunks), keypair };
      setTimeout(() => answerSum(asked), thinkMs(place, count, slowestMs));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port };
}

import { setStorage } from "@subnetkit/chain/client/dev/state";
import { fingerprintAlgorithm } from "@subnetkit/chain/client/neuron-certificates";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { makeHotkeyCertificate } from "@subnetkit/shared/protocol/tls/make-certificate";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { delay } from "@subnetkit/shared/util/delay";
import {
  answersTenfold,
  type Behaviour,
  forgesSignature,
  liesAboutHotkey,
  stalls,
  streamsGarbage,
} from "../harness/crowd.ts";
import { axonsOf, type Network, roundBlocks } from "../harness/network.ts";
import { registeredMiners, tempo } from "../harness/world.ts";
import { anyCast } from "./casts.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Where a miner is served over TLS, as the chain has it; the certificate is that of `claimed`, which need not be the miner's own hotkey. */
async function serveSecurely(network: Network, place: number, claimed: Keypair): Promise<void> {
  const { chain, client, crowd, world } = network;
  const { netuid } = world;
  const notAfterMs = Date.now() + 3_600_000;
  const { genesisHash } = client;
  const certificate = makeHotkeyCertificate({ keypair: claimed, role: "miner", netuid, genesisHash, notAfterMs });
  const port = await crowd.secure(place, certificate, world.hotkey);
  const hotkey = crowd.keypairs[place];
  if (hotkey === undefined) throw new Error(`no miner ${place}`);
  const published = { public_key: bytesToHex(certificate.fingerprint), algorithm: fingerprintAlgorithm };
  await setStorage(chain.rpc, {
    SubtensorModule: {
      Axons: axonsOf(netuid, [hotkey], { port }),
      NeuronCertificates: [[[netuid, hotkey.address], published]],
    },
  });
}

/** Most of the miners attack, each in its own way, while the others are honest: one of them over TLS, as one of the attackers is. */
export const hostileMiners: Scenario = {
  name: "miners",
  what: "miners that stream garbage, stall, answer ten times the size, or lie about their hotkey, in an answer or a certificate",
  network: (random) => ({ cast: anyCast(random), config: { tls: "prefer" } }),
  async run(network) {
    const { random, crowd, rounds, db, keys } = network;
    const other = crowd.keypairs[registeredMiners];
    if (other === undefined) throw new Error("no other key");
    const attacks: readonly Behaviour[] = [
      streamsGarbage,
      stalls,
      answersTenfold,
      liesAboutHotkey(other),
      forgesSignature(other),
    ];
    await nextRound(network);
    await delay(random.whole(0, 2_000));
    const [impostor, honest] = [attacks.length, registeredMiners - 1];
    const secure = crowd.keypairs[honest];
    if (secure === undefined || impostor >= honest) throw new Error("not enough miners");
    await network.during(
      "miners change",
      async () => {
        for (const [place, behaviour] of attacks.entries()) crowd.behave(place, behaviour);
        await serveSecurely(network, impostor, other);
        crowd.behave(impostor, (asked) => asked.response.destroy());
        await serveSecurely(network, honest, secure);
        await network.blocks(roundBlocks);
      },
      "rounds",
    );
    const from = await rounds.lastSettled();
    await network.blocks(tempo + random.whole(8, 20));
    for (let place = 0; place <= impostor; place++) {
      const hotkey = crowd.keypairs[place]?.address ?? "";
      const seen = JSON.parse((await db.hget(keys.seen, hotkey)) ?? "{}") as { round?: number; score?: number };
      if (seen.score !== 0 || (seen.round ?? 0) <= from)
        throw new Error(`attacker ${place} has ${JSON.stringify(seen)} after round ${from}`);
    }
    const answers = (await rounds.summaries(3)).map(({ answered }) => answered);
    if (answers.some((answered) => answered !== registeredMiners - impostor - 1))
      throw new Error(`other miners than the honest were heard: ${answers.join(", ")}`);
    const reached = { impostor: crowd.asked(impostor), honest: crowd.asked(honest) };
    if (reached.impostor > 0 || reached.honest === 0) throw new Error(`asked over TLS: ${JSON.stringify(reached)}`);
    return undefined;
  },
};

import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { raoPerTao, transfer } from "@subnetkit/chain/client/balances";
import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { burnedRegister } from "@subnetkit/chain/client/register";
import { addStake } from "@subnetkit/chain/client/stake";
import { applySettings, registerNetwork, startCall } from "@subnetkit/chain/client/subnet";
import { requireIncluded } from "@subnetkit/chain/client/submit";
import { planReveal, readBeacon, weightsSetup } from "@subnetkit/chain/client/weights";
import { localBeaconSecret } from "@subnetkit/chain/node/runtime/drand/local-key";
import { setWeightsOnce } from "@subnetkit/cli/validator/weights-set";
import { showWeights } from "@subnetkit/cli/validator/weights-show";
import type { WeightsPreview } from "@subnetkit/validator/preview/preview";
import { beaconSign } from "@subnetkit/shared/crypto/beacon";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bareHex } from "@subnetkit/shared/util/bytes";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { stateKeys } from "../../../../validator/src/store/keys.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { type DevChain, silentLog, startDevChain } from "../../chain/client/support/dev-chain.ts";
import { freshDirectory } from "../../validator/evidence/support.ts";
import { planOf, scoreOf, summaryOf } from "../../validator/support/plan.ts";
import { client as redisClient } from "../../validator/support/state.ts";
import { subnetModule } from "./support.ts";

const owner = keypairFromUri("//Subnet//owner");
const validator = keypairFromUri("//Validator//0//hot");
const alice = keypairFromUri("//Alice");
const miners = [0, 1].map((i) => keypairFromUri(`//Miner//${i}//hot`));
const options = { log: silentLog, deadlineMs: 10_000 };
const prefix = "{val:cli}";

let chain: DevChain;
let client: ChainClient;
let server: TestRedis;
let redis: Redis;
let netuid = 0;
let settings: string[];
const directory = freshDirectory();
const stop = new AbortController();

beforeAll(async () => {
  [chain, server] = await Promise.all([startDevChain("instant"), startTestRedis()]);
  redis = redisClient(server.port);
  client = await connectChain({ endpoints: [chain.url], log: silentLog, signal: stop.signal });
  const sure = (submission: Parameters<typeof requireIncluded>[0]) => requireIncluded(submission, "the test's call");
  sure(await transfer(client, { from: alice, to: owner.address, amountRao: 3_000n * raoPerTao }, options));
  const registered = await registerNetwork(client, { hotkey: validator.address, coldkey: owner }, options);
  sure(registered.submission);
  netuid = registered.netuid ?? 0;
  sure(await startCall(client, { netuid, coldkey: owner }, options));
  const changes = [
    { name: "adminFreezeWindowBlocks", value: 0 },
    { name: "ownerHyperparamRateLimitEpochs", value: 0 },
    { name: "tempo", value: 20, netuid },
    { name: "weightsRateLimitBlocks", value: 0, netuid },
    { name: "emissionEnabled", value: true, netuid },
    { name: "commitRevealEnabled", value: false, netuid },
  ] as const;
  for (const submission of await applySettings(client, { changes, sudoKey: alice }, options)) sure(submission);
  for (const miner of miners)
    sure(await burnedRegister(client, { netuid, hotkey: miner.address, coldkey: owner }, options));
  sure(
    await addStake(client, { netuid, hotkey: validator.address, amountRao: 100n * raoPerTao, coldkey: owner }, options),
  );
  await client.rpc("dev_nextEpoch", [{ netuid, count: 1 }]);
  await client.rpc("dev_newBlock", [{ count: 2 }]);
  const file = path.join(directory, "sums.mjs");
  writeFileSync(file, subnetModule);
  const key = path.join(directory, "hotkey");
  await writeKeyfile(key, "//Validator//0//hot");
  const config = path.join(directory, "validator.json");
  const redisUrl = `redis://127.0.0.1:${server.port}`;
  const document = { netuid, hotkeyFile: key, subnetDefinition: file, redisUrl, redisPrefix: prefix };
  writeFileSync(config, JSON.stringify({ chainEndpoints: [chain.url], ...document }), { mode: 0o600 });
  settings = ["--config", config];
});
afterAll(async () => {
  redis?.disconnect();
  await client?.close();
  await Promise.all([chain?.close(), server?.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

it("shows a plan without writing, sets it when told to, and the chain has what was previewed", async () => {
  const rounds = createRoundStore(redis, stateKeys(prefix, netuid));
  for (const round of [1, 2, 3]) {
    const plan = planOf(
      round,
      miners.map(({ address }) => address),
    );
    await rounds.pin(plan);
    const scores = miners.map(({ address }, i) => scoreOf(address, i === 0 ? 1 : 0.5, round));
    await rounds.settle(plan, scores, summaryOf(round));
  }
  const before = (await redis.keys("*")).sort();
  const planned = await setWeightsOnce({ dryRun: true }, settings, 100);
  expect(planned.lines.join("\n")).toContain("the chain would take them (plain)");
  expect(planned.json).toMatchObject({ weights: { uids: [1, 2], values: [65_535, 32_768] } });
  expect((await redis.keys("*")).sort()).toEqual(before);
  const own = { endpoint: chain.url, netuid: String(netuid), hotkey: validator.address };
  expect((await showWeights(own, 100)).lines.at(-1)).toBe("no weights on chain yet");

  const set = await setWeightsOnce({ yes: true }, [...settings, "--take-over"], 100);
  expect(set).toMatchObject({
    exitCode: 0,
    json: { events: [{ type: "weights.submitted" }, { type: "weights.finalized" }] },
  });
  expect((await showWeights(own, 100)).json).toMatchObject({
    uid: 0,
    weights: [
      { uid: 1, value: 65_535 },
      { uid: 2, value: 32_768 },
    ],
  });
  await client.rpc("dev_nextEpoch", [{ netuid, count: 1 }]);
  const { neurons } = await fetchMetagraph(client, netuid);
  const { preview } = planned.json as { preview: WeightsPreview };
  expect(neurons[0]?.validatorTrust).toBe(Math.round(preview.vtrust * 65_535));
  expect(preview.miners.map(({ uid, incentive }) => [uid, Math.round(incentive * 65_535)])).toEqual(
    [1, 2].map((uid) => [uid, neurons[uid]?.incentive]),
  );
});

it("locks weights to a round of the drand servers that it is given, as the validator does", async () => {
  const changes = [{ name: "commitRevealEnabled", value: true, netuid }] as const;
  for (const submission of await applySettings(client, { changes, sudoKey: alice }, options))
    requireIncluded(submission, "the test's call");
  // The chain hears nothing of the beacon, which is far ahead of it.
  await client.rpc("dev_setDrand", [{ stall: true }]);
  const beacon = await readBeacon(client);
  const alone = await planReveal(client, await weightsSetup(client, netuid));
  const newest = alone.round + 500n;
  const signature = beaconSign(localBeaconSecret(), newest);
  const asked: string[] = [];
  const drand = createServer((request, response) => {
    asked.push(request.url ?? "");
    const { genesisTimeS: genesis_time, periodS: period, publicKey } = beacon;
    const info = { public_key: bareHex(publicKey), period, genesis_time };
    const latest = { round: Number(newest), randomness: sha256Hex(signature), signature: bareHex(signature) };
    response.end(JSON.stringify(request.url?.endsWith("/info") ? info : latest));
  });
  await new Promise<void>((resolve) => drand.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(drand.address() as AddressInfo).port}/c0ffee`;
  try {
    const set = await setWeightsOnce({ yes: true }, [...settings, "--take-over", "--drand-endpoints", endpoint], 100);
    expect(set).toMatchObject({ exitCode: 0, json: { decision: { kind: "submit", mode: "timelocked" } } });
    expect(asked).toContain("/c0ffee/public/latest");
  } finally {
    drand.close();
    drand.closeAllConnections();
  }
  const epochs = await client.api.query["subtensorModule"]!["timelockedWeightCommits"]!.entries(netuid);
  const rounds = epochs.flatMap(([, commits]) =>
    (commits.toJSON() as [string, number, string, number][]).map(([, , , revealRound]) => BigInt(revealRound)),
  );
  expect(rounds).toHaveLength(1);
  expect(rounds[0]).toBeGreaterThan(newest);
});

import { createCallers } from "@subnetkit/miner/admission/callers";
import { createHotkeyTls, type HandshakeOutcome } from "@subnetkit/miner/server/tls";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { sr25519Except } from "@subnetkit/shared/crypto/scheme-of";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { type DialectName, dialectNames } from "@subnetkit/shared/protocol/dialect";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { type AnyTask, createScoreEnv, makeChallenge } from "@subnetkit/shared/subnet";
import { askMiner } from "@subnetkit/validator/round/ask";
import { createMinerPools, defaultPoolLimits } from "@subnetkit/validator/round/pools";
import { createMinerTls, type MinerTls } from "@subnetkit/validator/round/tls";
import { afterEach, describe, expect, test } from "vitest";
import { startPublicServer } from "../../../support/miner/public-server.ts";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { metagraph, neuron } from "../support/neurons.ts";

/** A miner and a validator of ours over sockets, whose hotkeys are of either scheme. */

const sr = { miner: keypairFromUri("//Schemes//miner"), validator: keypairFromUri("//Schemes//validator") };
const ed = {
  miner: keypairFromUri("//Schemes//miner", "ed25519"),
  validator: keypairFromUri("//Schemes//validator", "ed25519"),
};
const scope = { netuid: 2, genesisHash: `0x${"ab".repeat(32)}` } as const;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A miner that knows all these validators, and holds those listed for ed25519. */
async function startMiner({
  keypair = sr.miner,
  ed25519Callers = [],
  withTls = false,
}: {
  readonly keypair?: Keypair;
  readonly ed25519Callers?: readonly string[];
  readonly withTls?: boolean;
}) {
  const schemeOf = sr25519Except(ed25519Callers);
  const handshakes: HandshakeOutcome[] = [];
  const identity = createTlsIdentity({ keypair, role: "miner", ...scope });
  const started = await startPublicServer({
    subnet: echoSubnet,
    solvers: echoSolvers,
    keypair,
    neurons: [sr, ed].map(({ validator }) =>
      neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n }),
    ),
    schemeOf,
    tls: withTls
      ? (callers) =>
          createHotkeyTls(scope, {
            identity,
            knows: (hotkey) => callers.find(hotkey) !== undefined,
            schemeOf,
            onHandshake: (outcome) => handshakes.push(outcome),
          })
      : undefined,
  });
  closers.push(() => started.server.close());
  return { ...started, keypair, handshakes, fingerprint: Buffer.from(identity.current().fingerprint).toString("hex") };
}

type StartedMiner = Awaited<ReturnType<typeof startMiner>>;

/** What a validator hears that holds the listed miners for ed25519: the outcome, and how often it asked. */
async function ask(
  { port, keypair: { address: hotkey } }: StartedMiner,
  {
    validator,
    ed25519Miners = [],
    dialects = dialectNames,
    tls,
  }: {
    readonly validator: Keypair;
    readonly ed25519Miners?: readonly string[];
    readonly dialects?: readonly DialectName[];
    readonly tls?: MinerTls;
  },
) {
  const pools = createMinerPools(defaultPoolLimits, tls);
  closers.push(() => pools.close());
  const task = echoSubnet.tasks.echo as unknown as AnyTask;
  const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
  return askMiner(
    { hotkey, uid: 0, endpoint: { ip: "0.0.0.1", port, ipType: 4 } },
    { task, requestJson, signal: new AbortController().signal },
    { allowPrivate: true, dialects, schemeOf: sr25519Except(ed25519Miners) },
    { pools, keypair: validator },
  );
}

const answered = { kind: "answered", body: { text: "hello" } };

describe.each(dialectNames)("over %s", (dialect) => {
  const dialects = [dialect];

  test("an ed25519 validator asks an ed25519 miner, and its answer counts, where each knows the other's scheme", async () => {
    const miner = await startMiner({ keypair: ed.miner, ed25519Callers: [ed.validator.address] });
    const ed25519Miners = [ed.miner.address];
    expect(await ask(miner, { validator: ed.validator, ed25519Miners, dialects })).toMatchObject(answered);
    // Nobody else is held for ed25519.
    expect(await ask(miner, { validator: sr.validator, ed25519Miners, dialects })).toMatchObject(answered);
    expect(await ask(miner, { validator: ed.validator, dialects })).toMatchObject({ reason: "bad-signature" });
    expect(miner.outcomes).toEqual(["answered", "answered", "answered"]);
  });

  test("an ed25519 validator that the miner does not know for one is refused, and so is an sr25519 one that it holds for ed25519", async () => {
    const miner = await startMiner({ ed25519Callers: [sr.validator.address] });
    for (const { validator } of [ed, sr])
      expect(await ask(miner, { validator, dialects })).toMatchObject({ kind: "refused", status: 401 });
    expect(miner.outcomes).toEqual(["signature", "signature"]);
  });
});

test("a hotkey keeps its scheme through every metagraph, and one that comes later has what it is listed for", () => {
  const callers = createCallers(sr25519Except([ed.validator.address]));
  const schemes = () => [sr, ed].map(({ validator }) => callers.find(validator.address)?.scheme);
  expect(schemes()).toEqual([undefined, undefined]);
  callers.replace(metagraph([neuron(sr.validator.address)]));
  expect(schemes()).toEqual(["sr25519", undefined]);
  for (let refreshes = 0; refreshes < 2; refreshes++) {
    callers.replace(metagraph([neuron(ed.validator.address), neuron(sr.validator.address)]));
    expect(schemes()).toEqual(["sr25519", "ed25519"]);
  }
});

test("a request cannot choose: one that leaves out or changes its scheme is refused, listed or not", async () => {
  const miner = await startMiner({ ed25519Callers: [ed.validator.address] });
  const path = "/v1/tasks/echo";
  const body = Buffer.from('{"text":"hello"}');
  const post = async (validator: Keypair, change: Record<string, string | undefined>): Promise<number> => {
    const signed = signRequest({ method: "POST", target: path, body, keypair: validator, receiver: sr.miner.address });
    const headers = new Headers();
    for (const [name, value] of Object.entries({ ...signed, ...change }))
      if (value !== undefined) headers.set(name, value);
    const response = await fetch(`http://127.0.0.1:${miner.port}${path}`, { method: "POST", body, headers });
    return response.status;
  };
  expect(await post(ed.validator, {})).toBe(200);
  expect(await post(sr.validator, {})).toBe(200);
  for (const scheme of [undefined, "sr25519"])
    expect(await post(ed.validator, { [btauthHeaders.crypto]: scheme })).toBe(401);
  expect(await post(sr.validator, { [btauthHeaders.crypto]: "ed25519" })).toBe(401);
});

describe("over hotkey-bound TLS", () => {
  const tlsOf = ({ fingerprint, keypair }: StartedMiner, validator: Keypair, ed25519Miners: readonly string[]) => {
    const identity = createTlsIdentity({ keypair: validator, role: "validator", ...scope });
    const tls = createMinerTls({ mode: "prefer", ...scope, schemeOf: sr25519Except(ed25519Miners) }, { identity });
    tls.learn([{ hotkey: keypair.address, fingerprint }]);
    return tls;
  };

  test("both certificates are held against the scheme that the other end knows", async () => {
    const miner = await startMiner({ keypair: ed.miner, ed25519Callers: [ed.validator.address], withTls: true });
    const ed25519Miners = [ed.miner.address];
    for (const { validator } of [ed, sr]) {
      const tls = tlsOf(miner, validator, ed25519Miners);
      expect(await ask(miner, { validator, ed25519Miners, tls })).toMatchObject(answered);
    }
    expect(miner.handshakes).toEqual(["verified", "verified"]);
    const tls = tlsOf(miner, ed.validator, []);
    expect(await ask(miner, { validator: ed.validator, ed25519Miners, tls })).toMatchObject({ reason: "identity" });
  });

  test("a certificate of the other scheme is refused", async () => {
    const miner = await startMiner({ withTls: true });
    expect(await ask(miner, { validator: ed.validator, tls: tlsOf(miner, ed.validator, []) })).toMatchObject({
      kind: "unreachable",
    });
    expect(miner.handshakes).toEqual(["scheme"]);
  });
});

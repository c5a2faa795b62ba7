import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { quoted } from "@subnetkit/cli/chain/usage";
import { addMinerVerbs } from "@subnetkit/cli/commands/miner";
import { compileSubnet, findSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { reasonOf } from "@subnetkit/cli/miner/describe-miner";
import { scoreOf } from "@subnetkit/cli/miner/question";
import { shown } from "@subnetkit/cli/miner/try-lines";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import { processIdentity } from "@subnetkit/cli/system/process-facts";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { type AnyTask, createScoreEnv } from "@subnetkit/shared/subnet";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { miner, startPublicServer } from "../../../support/miner/public-server.ts";
import { echoSolvers, echoSubnet } from "../../miner/support/echo-subnet.ts";
import { neuron } from "../../miner/support/neurons.ts";
import { runVerbs } from "../support/run-verbs.ts";

const root = cloneRoot();
const wordSort = path.join(root, "subnets", "examples", "word-sort.ts");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "subnetkit-try-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Runs `miner try <words>` beside no network but the one that a test makes up; gives what it printed and how it would end. */
async function run(...words: string[]): Promise<{ text: string; code: number }> {
  return await runVerbs(addMinerVerbs, ["try", ...words, "--state-dir", directory]);
}

async function json(...words: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await run(...words, "--json")).text) as Record<string, unknown>;
}

async function errorOf(work: Promise<unknown>): Promise<{ code: string; exitCode: number; text: string }> {
  try {
    await work;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, exitCode: error.exitCode, text: `${error.message} ${JSON.stringify(error.data)}` };
  }
  return { code: "none", exitCode: 0, text: "" };
}

const as = ["--as", "//Validator"] as const;

describe("miner try against a miner", () => {
  let sorter: Awaited<ReturnType<typeof startPublicServer>>;
  let echo: Awaited<ReturnType<typeof startPublicServer>>;
  let url: string;
  let echoUrl: string;
  let build: string;
  /** Compiled before: each test would wait for the compiler again. */
  let compiled: string;
  beforeAll(async () => {
    build = mkdtempSync(path.join(tmpdir(), "subnetkit-try-build-"));
    const source = findSubnet(wordSort, { root, cwd: root });
    const { definition: subnet, definitionFile, variants } = await compileSubnet(source, { root, buildDir: build });
    compiled = definitionFile;
    sorter = await startPublicServer({ subnet, solvers: variants.get("default")!.solvers });
    const validator = keypairFromUri("//Validator").address;
    const neurons = [
      neuron(validator, { validatorPermit: true, totalStakeRao: 1_000n }),
      neuron(keypairFromUri("//Validator", "ed25519").address, { validatorPermit: true, totalStakeRao: 1_000n }),
      neuron(miner.address, { totalStakeRao: 1_000n }),
    ];
    echo = await startPublicServer({ subnet: echoSubnet, solvers: echoSolvers, neurons });
    [url, echoUrl] = [sorter, echo].map(({ port }) => `http://127.0.0.1:${port}`) as [string, string];
  });
  afterAll(async () => {
    await Promise.all([sorter.server.close(), echo.server.close()]);
    rmSync(build, { recursive: true, force: true });
  });

  it("draws a challenge, verifies the answer and scores it", async () => {
    const { text, code } = await run("--url", url, ...as, "--subnet", wordSort);
    expect(code).toBe(0);
    expect(text).toMatch(/^miner +http:\/\/127\.0\.0\.1:\d+ {2}5\w{47}$/m);
    expect(text).toMatch(/^status +200 in [\d.]+ ms, of 1,500$/m);
    expect(text).toMatch(/^signature +verified/m);
    expect(text).toMatch(/^answer +\{"words":\[/m);
    expect(text).toMatch(/^counts +yes$/m);
    expect(text).toMatch(/^score +1\.000$/m);
  });

  it("draws the same request again from its seed, and gives programs the whole of it", async () => {
    const first = await json("sort", "--url", url, ...as, "--subnet", compiled, "--seed", "one");
    const again = await json("sort", "--url", url, ...as, "--subnet", compiled, "--seed", "one");
    expect(again["request"]).toEqual(first["request"]);
    expect(first).toMatchObject({
      v: 1,
      outcome: "answered",
      status: 200,
      signature: "verified",
      score: 1,
      refusal: null,
    });
    expect(first["answer"]).toMatchObject({ words: expect.any(Array) });
  });

  it("sends a request of one's own, from the command line or a file, and says why it has no score", async () => {
    const { text, code } = await run("echo", "--url", echoUrl, ...as, "--request", '{"text":"hi\\u009b2J"}');
    expect(code).toBe(0);
    expect(text).toMatch(/^answer +\{"text":"hi"\}$/m);
    expect(text).not.toMatch(/^score/m);
    const file = path.join(directory, "request.json");
    writeFileSync(file, '{"words":["b"]}');
    const unfit = await run("--url", url, ...as, "--request", file, "--subnet", compiled);
    expect(unfit.code).toBe(1);
    expect(unfit.text).toMatch(/^note +the request does not fit its schema at words: /m);
    expect(unfit.text).toMatch(/^refused +E_REQUEST_SCHEMA/m);
    expect(unfit.text).toMatch(/^score +none: a request of your own has no key/m);
  });

  it("says of a refusal what it is, and what to do", async () => {
    const unknown = await run("--url", url, "--as", "//Stranger", "--subnet", compiled);
    expect(unknown.code).toBe(1);
    expect(unknown.text).toMatch(/^status +403/m);
    expect(unknown.text).toMatch(/^signature +none, as with every refusal/m);
    expect(unknown.text).toMatch(/^refused +E_CALLER_UNKNOWN {2}This hotkey is not registered/m);
    expect(unknown.text).toContain("btcli subnets register --netuid 2");
    expect(unknown.text).toMatch(/^score +0\.000$/m);
    const own = await json("echo", "--url", echoUrl, "--as", "//Miner", "--request", '{"text":"hi"}');
    expect(own["refusal"]).toMatchObject({ code: "E_CALLER_NO_PERMIT" });
    expect(JSON.stringify(own["refusal"])).toContain(`allow ${miner.address}`);
    const other = await json("--url", url, ...as, "--subnet", compiled, "--receiver", own["caller"] as string);
    expect(other["refusal"]).toBeNull();
    const foreign = await json("--url", url, ...as, "--subnet", compiled, "--receiver", addressOf("//Other"));
    expect(foreign["refusal"]).toMatchObject({
      code: "E_AUTH_RECEIVER",
      advice: [expect.stringContaining(miner.address)],
    });
    const threw = await run("echo", "--url", echoUrl, ...as, "--request", '{"text":"throw"}');
    expect(threw.text).toMatch(/^refused +E_SOLVER_FAILED/m);
    expect(threw.text).toMatch(/^signature +verified/m);
  });

  it("asks which task where there are several, and names those there are", async () => {
    const ask = (...words: string[]) => errorOf(run(...words, "--url", echoUrl, ...as, "--request", "{}"));
    expect((await ask()).text).toContain("echo, impatient");
    expect((await ask("ecco")).text).toContain("did you mean echo?");
    expect((await errorOf(run("echo", "--url", echoUrl, ...as))).text).toContain("--subnet NAME or PATH");
    expect((await errorOf(run("echo", "--url", echoUrl, ...as, "--subnet", compiled))).code).toBe("E_USAGE");
    expect(quoted("a\u009b2J\u202e")).toBe('"a\\u009b2J\\u202e"');
    expect((await errorOf(run("echo", "--url", echoUrl, ...as, "--request", "{oops"))).code).toBe("E_USAGE");
    expect((await errorOf(run("echo", "--url", echoUrl, ...as, "--request", "none.json"))).code).toBe("E_INPUT_FILE");
  });

  it("takes a miner that signs with ed25519 as a validator does: for what it is where it is expected, and only there", async () => {
    const keypair = keypairFromUri("//Miner", "ed25519");
    const own = await startPublicServer({ subnet: echoSubnet, solvers: echoSolvers, keypair });
    const ask = (...words: string[]) =>
      run("echo", "--url", `http://127.0.0.1:${own.port}`, ...as, "--request", '{"text":"hi"}', ...words);
    try {
      const unexpected = await ask();
      expect(unexpected.code).toBe(1);
      expect(unexpected.text).toMatch(/^signature +of this hotkey, but with ed25519$/m);
      expect(unexpected.text).toMatch(/^counts +no: malformed, it is signed with ed25519.*ed25519Miners.*--ed25519/m);
      const expected = await ask("--ed25519");
      expect([expected.code, expected.text]).toEqual([0, expect.stringMatching(/^signature +verified/m)]);
    } finally {
      await own.server.close();
    }
    const wrong = await json("echo", "--url", echoUrl, ...as, "--request", '{"text":"hi"}', "--ed25519");
    expect(wrong).toMatchObject({ outcome: "malformed", signature: "other-scheme" });
  });

  it("says to the owner of an ed25519 hotkey that asks how a miner comes to take it", async () => {
    const hotkey = keypairFromUri("//Validator", "ed25519");
    const wallets = path.join(directory, "wallets");
    await writeKeyfile(path.join(wallets, "w", "hotkeys", "default"), "//Validator", "ed25519");
    const asOwner = ["--wallet-path", wallets, "--wallet", "w"] as const;
    const refused = await json("echo", "--url", echoUrl, ...asOwner, "--request", '{"text":"hi"}');
    expect(refused["refusal"]).toMatchObject({
      code: "E_AUTH_SIGNATURE",
      advice: [expect.stringContaining(`--ed25519-callers ${hotkey.address}`)],
    });
  });

  it("keeps what code of the subnet prints out of its answer", async () => {
    const file = path.join(directory, "chatty.mjs");
    const source = readFileSync(compiled, "utf8");
    writeFileSync(file, `${source}\nconsole.log("one");`);
    const printed: unknown[] = [];
    const { log, error } = console;
    console.error = (...words: unknown[]) => void printed.push(...words);
    try {
      await json("--url", url, ...as, "--subnet", file);
    } finally {
      console.error = error;
    }
    expect(printed).toEqual(["one"]);
    expect(console.log).toBe(log);
  });

  it("signs with a wallet's hotkey, and takes no secret from the command line", async () => {
    const wallets = path.join(directory, "wallets");
    await writeKeyfile(path.join(wallets, "w", "hotkeys", "default"), "//Validator");
    const signed = await json("--url", url, "--wallet-path", wallets, "--wallet", "w", "--subnet", compiled);
    expect(signed).toMatchObject({ outcome: "answered", caller: addressOf("//Validator") });
    const phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    for (const uri of [phrase, `${phrase}//hot`, "//Alice///password", `0x${"1".repeat(64)}`]) {
      const refused = await errorOf(run("--url", url, "--as", uri, "--subnet", compiled));
      expect(refused.code).toBe("E_USAGE");
      expect(refused.text).not.toMatch(/bottom|password|1111/);
    }
    expect((await errorOf(run("--url", url, ...as, "--wallet-path", wallets, "--wallet", "w"))).text).toContain(
      "--as names one key",
    );
    expect((await errorOf(run("--url", url))).text).toContain("--wallet NAME --hotkey NAME");
    const nobody = await errorOf(run("--url", url, ...as, "--receiver", "5Nobody"));
    expect([nobody.code, nobody.text]).toEqual(["E_USAGE", expect.stringContaining("--receiver wants")]);
  });

  it("knows the miners of the network that runs here: their address, their subnet and who may ask", async () => {
    const status = await listening((_request, response) =>
      response.end(
        JSON.stringify({ neurons: [{ uid: 0, process: "validator-0" }, { uid: 7, process: "miner-1" }, { uid: 9 }] }),
      ),
    );
    try {
      mkdirSync(path.join(directory, "run", "config"), { recursive: true });
      const own = processIdentity(process.pid);
      const processes = ["chain", "miner-0", "miner-1"].map((name) => ({ ...own, name }));
      const record = { ...own, startedAt: "now", portBase: status.port - 100, ready: true, urls: {}, processes };
      writeFileSync(path.join(directory, "run", "network.json"), JSON.stringify(record));
      const writeConfig = (name: string, port: number) =>
        writeFileSync(
          path.join(directory, "run", "config", `${name}.json`),
          JSON.stringify({ port, subnetDefinition: compiled }),
        );
      writeConfig("miner-0", sorter.port);
      writeConfig("miner-1", sorter.port);
      // The key of validator-0 is not registered with this miner, and it is the one that asked.
      const caller = addressOf("//Validator//0//hot");
      for (const words of [[], ["--local", "7"], ["--url", `http://localhost:${sorter.port}/`]])
        expect(await json(...words)).toMatchObject({ caller, score: 0, refusal: { code: "E_CALLER_UNKNOWN" } });
      expect((await errorOf(run("--local", "0"))).text).toContain("(7)");
      expect((await errorOf(run("--local", "7", "--url", url))).code).toBe("E_USAGE");
      expect((await errorOf(run("--url", "http://127.0.0.1:1"))).text).toContain("key to sign with");
    } finally {
      await status.close();
    }
    rmSync(path.join(directory, "run", "network.json"));
    expect((await errorOf(run("--local", "7"))).code).toBe("E_NOT_RUNNING");
  });
});

describe("miner try against something else", () => {
  const description = JSON.stringify({
    subnet: { name: "odd\u001b[2J", version: 1, netuid: 5 },
    hotkey: miner.address,
    tasks: [{ id: "t", timeoutMs: 60, maxResponseBytes: 100 }],
  });
  /** A miner that says who it is and then does as it likes. */
  const hostile = (answer: RequestListener) =>
    listening((request, response) => {
      if (request.url === "/v1/tasks") response.end(description);
      else answer(request, response);
    });
  const tryIt = async (answer: RequestListener) => {
    const server = await hostile(answer);
    try {
      return await run("--url", server.url, ...as, "--request", "{}");
    } finally {
      await server.close();
    }
  };

  it.each<[string, RequestListener, RegExp]>([
    ["unsigned", (_request, response) => void response.end("{}"), /counts +no: malformed, it is not signed/],
    [
      "signed by no one it says",
      (_request, response) =>
        void response.setHeader("x-subnetkit-response-signature", `0x${"0".repeat(128)}`).end("{}"),
      /signature +WRONG[\s\S]*counts +no: malformed, its signature/,
    ],
    ["too long", (_request, response) => void response.end("x".repeat(101)), /no: malformed, it is longer/],
    ["endless", (_request, response) => void response.end("x".repeat(100_000)), /no: malformed, it is longer/],
    ["late", (_request, response) => void setTimeout(() => response.end("{}"), 90), /no: late, it took \d+ ms of 60/],
    [
      "a redirect",
      (_request, response) => void response.writeHead(307, { location: "/v1/tasks" }).end(),
      /status +307[\s\S]*no: refused/,
    ],
    [
      "full of control characters",
      (_request, response) => void response.writeHead(500).end("\u001b[2J\u001b]0;x\u0007\u202eevil\r\nline\u2028two"),
      /^refused +evillinetwo$/m,
    ],
    [
      "nothing but a status",
      (_request, response) => void response.writeHead(403, { "retry-after": "-5" }).end(),
      /^refused +without a word\n(?!do)/m,
    ],
    [
      "a refusal with a wait of no time",
      (_request, response) =>
        void response.writeHead(429, { "retry-after": "-5" }).end('{"error":{"code":"X","message":""}}'),
      /^refused +X\s*\ncounts/m,
    ],
    ["cut off", (request) => void request.socket.destroy(), /status +none[\s\S]*no: unreachable/],
  ])("tells an answer that is %s", async (_name, answer, expected) => {
    const { text, code } = await tryIt(answer);
    expect(code).toBe(1);
    expect(text).toMatch(expected);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
  });

  it("gives programs an answer whole, with nothing in it that a terminal would act on", async () => {
    const evil = "\u001b[2J\u009b2J\u007f\u202e\u2028\u{e0001}";
    const server = await hostile((_request, response) => void response.end(JSON.stringify({ evil })));
    const { text } = await run("--url", server.url, ...as, "--request", "{}", "--json").finally(server.close);
    expect((JSON.parse(text) as Record<string, unknown>)["answer"]).toEqual({ evil });
    expect(text).toMatch(/^[\x20-\x7e]+\n$/);
    const page = await hostile((_request, response) => void response.writeHead(502).end(evil));
    const gateway = await json("--url", page.url, ...as, "--request", "{}").finally(page.close);
    expect(gateway).toMatchObject({ outcome: "refused", answer: null, text: evil, refusal: null });
  });

  it("names a few of the tasks of a miner that says it has thousands", async () => {
    const { tasks, ...rest } = JSON.parse(description) as { tasks: object[] };
    const many = { ...rest, tasks: Array.from({ length: 5_000 }, (_, i) => ({ ...tasks[0], id: `t${i}` })) };
    const server = await listening((_request, response) => void response.end(JSON.stringify(many)));
    const { text } = await errorOf(run("--url", server.url, ...as).finally(server.close));
    expect(text).toContain("t18, t19 and 4980 more");
    expect(text.length).toBeLessThan(1_000);
  });

  it("has words for an answer that never comes to its end", () => {
    expect(reasonOf(new DOMException("it took too long", "TimeoutError"))).toBe("it took too long");
  });

  it("ends with 5 where nobody answers, and where no miner does", async () => {
    const nobody = await errorOf(run("--url", "http://127.0.0.1:1", ...as));
    expect([nobody.code, nobody.exitCode]).toEqual(["E_MINER_UNREACHABLE", 5]);
    const page = await listening((_request, response) => void response.writeHead(404).end("what?"));
    const other = await errorOf(run("--url", page.url, ...as));
    await page.close();
    expect([other.code, other.text]).toEqual(["E_MINER_UNREACHABLE", expect.stringContaining("answered with 404")]);
    expect((await errorOf(run("--url", "nowhere", ...as))).code).toBe("E_USAGE");
  });
});

describe("the score of one answer", () => {
  const { echo } = echoSubnet.tasks;
  const question = (request: unknown, key?: string) => ({
    requestJson: JSON.stringify(request),
    request,
    seed: undefined,
    challenge: key === undefined ? undefined : { request, key },
    env: createScoreEnv({ block: 1, seed: "one" }),
  });
  const answered = { kind: "answered", uid: 0, body: { text: "hi" }, latencyMs: 5 } as const;

  it("is the scorer's, also of a request of one's own that it can judge", () => {
    expect(scoreOf(echo, question({ text: "hi" }, "hi"), answered)).toEqual({ score: 1 });
    expect(scoreOf(echo, question({ text: "hi" }, "ho"), answered)).toEqual({ score: 0 });
    expect(scoreOf(echo, question({ text: "hi" }, "hi"), { kind: "late", uid: 0 })).toEqual({ score: 0 });
    const organic = (request: { text: string }) => ({ request, key: request.text });
    const judging = { ...echo, scorer: { ...echo.scorer, organic } } as unknown as AnyTask;
    expect(scoreOf(judging, question({ text: "hi" }), answered)).toEqual({ score: 1 });
    expect(scoreOf(judging, question({ words: 1 }), answered)).toMatchObject({ score: null });
  });

  it("is none, with the reason, when the scorer fails", () => {
    const score = () => {
      throw new Error("my key fell over");
    };
    const broken = { ...echo, scorer: { kind: "each", score } } as unknown as AnyTask;
    const why = expect.stringMatching(/^E_SCORER_THREW.*my key fell over$/);
    expect(scoreOf(broken, question({ text: "hi" }, "hi"), answered)).toEqual({ score: null, why });
  });
});

describe("text of others", () => {
  it("is cut where it is long, and says how long it was", () => {
    expect(shown("abc", 3)).toBe("abc");
    expect(shown("\u0007".repeat(3) + "abc", 3)).toBe("abc");
    expect(shown("x".repeat(5_000), 10)).toBe(`${"x".repeat(10)} ... (5,000 characters; --json has them all)`);
    expect(shown("\u001b[31m".repeat(1_000), 10)).toMatch(/^ ... \(5,000 characters/);
  });
});

function addressOf(uri: string): string {
  return keypairFromUri(uri).address;
}

/** A server on a port of its own. */
async function listening(answer: RequestListener): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

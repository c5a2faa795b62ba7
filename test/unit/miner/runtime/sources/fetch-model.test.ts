import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchModel } from "@subnetkit/miner/runtime/sources/fetch-model";
import { locateModel } from "@subnetkit/miner/runtime/sources/locate-model";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import { sha256Cid } from "@subnetkit/shared/subnet/cid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const bytes = Buffer.from("the weights of a model ".repeat(5_000));
const sha256 = sha256Hex(bytes);
const limits = { maxBytes: 1_000_000, deadlineMs: 5_000, idleMs: 1_000 };

let cacheFolder: string;
let server: Server;
let base: string;
let asked: string[];
let handler: RequestListener;
beforeEach(async () => {
  cacheFolder = path.join(await mkdtemp(path.join(tmpdir(), "subnetkit-fetch-")), "cache");
  asked = [];
  handler = (_, response) => response.end(bytes);
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(path.dirname(cacheFolder), { recursive: true, force: true });
});

const fetchIt = (over: Partial<typeof limits> = {}, urls = [`${base}/a.onnx`], signal?: AbortSignal) =>
  fetchModel(
    { model: "a.onnx", urls, sha256 },
    { cacheFolder, limits: { ...limits, ...over } },
    { log, ...(signal === undefined ? {} : { signal }) },
  );

/** What is in the cache: nothing half-done may stay there. */
const cached = () => readdir(cacheFolder);

describe("fetchModel", () => {
  test("fetches once, checks, and gives it from the cache from then on", async () => {
    const file = await fetchIt();
    expect(await readFile(file)).toEqual(bytes);
    expect(await fetchIt()).toBe(file);
    expect(asked).toEqual(["/a.onnx"]);
    expect(await cached()).toEqual([sha256]);
  });

  test("does not trust the cache: a file that was changed there is fetched again", async () => {
    const file = await fetchIt();
    await writeFile(file, "something else");
    expect(await readFile(await fetchIt())).toEqual(bytes);
    expect(asked).toHaveLength(2);
  });

  test("clears away what a killed process left, but nothing that may still grow", async () => {
    await mkdir(cacheFolder);
    const [old, young] = ["old.part", "young.part"].map((name) => path.join(cacheFolder, name)) as [string, string];
    for (const file of [old, young]) await writeFile(file, "half a model");
    const longAgo = new Date(Date.now() - 3 * limits.deadlineMs);
    await utimes(old, longAgo, longAgo);
    await fetchIt();
    expect((await cached()).toSorted()).toEqual([sha256, "young.part"].toSorted());
  });

  test("refuses what has another hash, says both, and keeps nothing", async () => {
    handler = (_, response) => response.end("something else");
    await expect(fetchIt()).rejects.toMatchObject({
      code: "E_MODEL_HASH",
      data: { expected: sha256, actual: sha256Hex(Buffer.from("something else")) },
    });
    expect(await cached()).toEqual([]);
  });

  test.each<[string, RequestListener]>([
    [
      "is cut off before its announced length",
      (_, response) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 1_000), () => response.destroy());
      },
    ],
    ["is an error", (_, response) => response.writeHead(404).end("no")],
    [
      "is announced as too large",
      (_, response) => response.writeHead(200, { "content-length": 2_000_000 }).write(bytes),
    ],
    ["is redirected in circles", (_, response) => response.writeHead(302, { location: "/again" }).end()],
    [
      "is redirected to plain http elsewhere",
      (_, response) => response.writeHead(302, { location: "http://192.0.2.1/a.onnx" }).end(),
    ],
    ["is redirected to a file", (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end()],
    ["is redirected to nowhere", (_, response) => response.writeHead(302).end()],
  ])("refuses an answer that %s", async (_, listener) => {
    handler = listener;
    await expect(fetchIt()).rejects.toMatchObject({ code: "E_MODEL_FETCH" });
    expect(await cached()).toEqual([]);
  });

  test("stops reading an answer without end at the largest size", async () => {
    handler = (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(bytes, () => setImmediate(more));
      };
      more();
    };
    await expect(fetchIt()).rejects.toMatchObject({
      code: "E_MODEL_FETCH",
      data: { problem: /more than 1000000 bytes/ },
    });
    expect(await cached()).toEqual([]);
  });

  test("gives up a server that falls silent, and one that trickles past the deadline", async () => {
    handler = (_, response) => {
      response.write("a");
    };
    await expect(fetchIt({ idleMs: 100 })).rejects.toMatchObject({ code: "E_MODEL_FETCH" });
    handler = (_, response) => {
      const timer = setInterval(() => response.write("a"), 10);
      response.on("close", () => clearInterval(timer));
    };
    await expect(fetchIt({ deadlineMs: 200 })).rejects.toMatchObject({
      code: "E_MODEL_FETCH",
      data: { problem: "it took longer than 200 ms" },
    });
    expect(await cached()).toEqual([]);
  });

  test("follows a redirect on the same machine", async () => {
    handler = (request, response) =>
      request.url === "/there" ? response.end(bytes) : response.writeHead(307, { location: "/there" }).end();
    expect(await readFile(await fetchIt())).toEqual(bytes);
  });

  test("tries the next address when one fails or lies", async () => {
    handler = (request, response) => {
      if (request.url === "/1") response.writeHead(500).end();
      else response.end(request.url === "/2" ? "a lie" : bytes);
    };
    expect(
      await readFile(
        await fetchIt(
          {},
          ["/1", "/2", "/3"].map((at) => base + at),
        ),
      ),
    ).toEqual(bytes);
    expect(asked).toEqual(["/1", "/2", "/3"]);
  });

  test("ends at once when the miner stops", async () => {
    handler = () => undefined;
    const stop = new AbortController();
    const fetching = fetchIt({}, undefined, stop.signal);
    stop.abort();
    await expect(fetching).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(await cached()).toEqual([]);
  });

  test("never shows the query of an address, which may be a token", async () => {
    handler = (_, response) => response.writeHead(403).end();
    const failed = await fetchIt({}, [`${base}/a.onnx?token=sesame`]).catch((error: unknown) => String(error));
    expect(failed).toContain("/a.onnx");
    expect(failed).not.toContain("sesame");
  });
});

describe("locateModel", () => {
  const none = () => Promise.reject(new Error("nothing is fetched"));

  test("a file in the subnet's folder may change, unless its hash is fixed", async () => {
    const folder = path.dirname(cacheFolder);
    const file = path.join(folder, "a.onnx");
    await writeFile(file, bytes);
    const options = { folder, ipfsGateways: [] };
    expect(await locateModel({ path: "a.onnx" }, options, none)).toEqual({ file, sha256: undefined });
    expect(await locateModel({ path: "a.onnx", sha256 }, options, none)).toEqual({ file, sha256 });
  });

  test("a CID is asked of the gateways in order, and the file must have its hash", async () => {
    const cid = sha256Cid(sha256);
    handler = (request, response) => {
      if (request.url === `/ipfs/${cid}`) response.end(asked.length === 1 ? "a lie" : bytes);
      else response.writeHead(404).end();
    };
    const located = await locateModel(
      { path: "a.onnx", ipfs: cid },
      { folder: "/nowhere", ipfsGateways: [base, `${base}/`] },
      (order) => fetchModel(order, { cacheFolder, limits }, { log }),
    );
    expect(located).toEqual({ file: path.join(cacheFolder, sha256), sha256 });
    expect(asked).toHaveLength(2);
  });
});

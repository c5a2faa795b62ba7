import { createServer, type RequestListener } from "node:http";
import { fetchBounded } from "@subnetkit/cli/miner/fetch-bounded";
import { afterEach, describe, expect, it } from "vitest";

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

const bounds = { deadlineMs: 5_000, maxBytes: 10 };

describe("a bounded request", () => {
  it("asks for bytes as they were signed: something on the way that packs answers is not asked to", async () => {
    const url = await serve((request, response) => void response.end(request.headers["accept-encoding"]));
    const got = await fetchBounded(url, { method: "GET" }, bounds);
    expect(got.kind === "whole" && got.body.toString()).toBe("identity");
  });

  it.each<[string, RequestListener]>([
    ["before the head", () => undefined],
    ["in the middle of the body", (_request, response) => void response.write("half")],
  ])("is given up at its deadline when the other end falls silent %s", async (_where, answer) => {
    const url = await serve(answer);
    const work = fetchBounded(url, { method: "GET" }, { ...bounds, deadlineMs: 50 });
    await expect(work).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("is as long as it may be, and not a byte longer", async () => {
    let bytes = 10;
    const url = await serve((_request, response) => void response.end("x".repeat(bytes)));
    expect(await fetchBounded(url, { method: "GET" }, bounds)).toMatchObject({ kind: "whole", status: 200 });
    bytes = 11;
    expect(await fetchBounded(url, { method: "GET" }, bounds)).toMatchObject({ kind: "too-large" });
    bytes = 0;
    expect(await fetchBounded(url, { method: "GET" }, bounds)).toMatchObject({ body: Buffer.alloc(0) });
  });
});

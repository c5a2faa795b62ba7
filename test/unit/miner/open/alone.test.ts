import { createServer } from "node:net";
import { aloneSince } from "@subnetkit/miner/open/alone";
import { expect, test } from "vitest";

test("a miner is alone at an address from when nobody listens there, and leaves the port free", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
  });
  expect(await aloneSince("127.0.0.1", port)).toBeUndefined();
  await new Promise((resolve) => other.close(resolve));
  const beforeMs = Date.now();
  expect(await aloneSince("127.0.0.1", port)).toBeGreaterThanOrEqual(beforeMs);
  expect(await aloneSince("127.0.0.1", port)).toBeGreaterThanOrEqual(beforeMs);
  expect(await aloneSince("127.0.0.1", 0)).toBeGreaterThanOrEqual(beforeMs);
});

test("an address that this machine does not have is refused before anything is loaded", async () => {
  await expect(aloneSince("203.0.113.7", 0)).rejects.toMatchObject({ code: "E_LISTEN", exitCode: 3 });
});

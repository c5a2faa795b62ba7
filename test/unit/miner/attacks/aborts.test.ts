import fc from "fast-check";
import { expect, test } from "vitest";
import { dial, good, hello, raw, request, signed, startVictim, statusOf } from "./support.ts";

const length = { "content-length": String(hello.length) };
const chunked = { "transfer-encoding": "chunked" };
const chunks = `3\r\n${hello.slice(0, 3)}\r\n${(hello.length - 3).toString(16)}\r\n${hello.slice(3)}\r\n0\r\n\r\n`;

/** Requests of every fate: answered, never answered, refused by head or body, forged, and not to be understood. */
const kinds: readonly (() => string)[] = [
  good,
  () => request({ target: "/v1/tasks/impatient" }).replace("/v1/tasks/echo", "/v1/tasks/impatient"),
  () => raw({ host: "x", ...chunked, ...signed() }, chunks),
  () => raw({ host: "x", ...length, ...signed(), expect: "100-continue" }),
  () => request().replace("hello", "hullo"),
  () => raw({ host: "x", ...length }),
  () => raw({ host: "x", ...chunked }, chunks),
  () => raw({ host: "x", "content-length": "100", ...signed() }, hello),
  () => raw({ host: "x", ...chunked, ...signed() }, "5\r\nhello\r\nnonsense\r\n"),
  () => raw({ host: "x", "content-length": "2", ...signed({ body: Buffer.from("{}") }) }, "{}", { path: "/Echo" }),
  () => raw({ host: "x" }, "", { method: "GET", path: "/health" }),
];

test("whatever is sent, and wherever it breaks off, nothing stays reserved, taken or running", async () => {
  const burst = 50;
  const victim = await startVictim({
    limits: { requestTimeoutMs: 10_000, headersTimeoutMs: 10_000 },
    addresses: { requests: { perSecond: 1e6, burst: 1e6 }, failures: { perSecond: 1e6, burst } },
    known: [],
  });
  const { port, unverifiedBytes, inFlight, lines } = victim;
  const cuts = fc.array(fc.nat({ max: 2_000 }), { maxLength: 3 });
  const plan = fc.record({
    requests: fc.array(fc.nat({ max: kinds.length - 1 }), { minLength: 1, maxLength: 5 }),
    cuts,
    end: fc.nat({ max: 4_000 }),
    polite: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 6 }), async (plans) => {
      await Promise.all(
        plans.map(async ({ requests, cuts, end, polite }, i) => {
          const socket = await dial(port, `127.0.4.${i}`);
          const text = requests.map((kind) => kinds[kind]?.() ?? "").join("");
          const all = text.slice(0, end);
          const at = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
          let from = 0;
          for (const to of at) {
            socket.write(all.slice(from, to), "latin1");
            from = to;
            await new Promise((resolve) => setImmediate(resolve));
          }
          if (polite) socket.end();
          else socket.resetAndDestroy();
        }),
      );
      await expect.poll(() => [unverifiedBytes(), inFlight()], { timeout: 5_000, interval: 5 }).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
  expect(lines).toEqual([]);
  expect(victim.outcomes.get("forgery")).toBeUndefined();
  expect(await statusOf(port, good())).toBe(200);
  await victim.close();
}, 30_000);

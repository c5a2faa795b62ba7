import { afterEach, expect, test } from "vitest";
import { ask, exchange, hello, raw, request, signed, startVictim, statusOf, type Victim } from "./support.ts";

/** An address whose signatures held is believed more than others: nothing but a signature that held, used for the first time, may earn that. */

const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
let victim: Victim;
afterEach(() => victim.close());

/** A victim that checks one wrong signature of an address, and one in a hotkey's name, and then for a long time no more. */
async function start(): Promise<void> {
  victim = await startVictim({ addresses: { requests: plenty, failures: { perSecond: 0.001, burst: 1 } } });
}

const forged = (path?: string): string =>
  raw(
    {
      host: "x",
      "content-length": String(hello.length),
      ...signed(),
      "x-bittensor-signature": `0x${"ab".repeat(64)}`,
      connection: "close",
    },
    hello,
    path === undefined ? {} : { path },
  );

/** The forger's address after somebody else has used up what may be forged in the validator's name. */
async function codeForForger(): Promise<string> {
  expect((await ask(victim.port, forged(), "127.0.0.3")).code).toBe("E_AUTH_SIGNATURE");
  return (await ask(victim.port, forged(), "127.0.0.2")).code;
}

test("a request whose target nobody can sign earns its address nothing", async () => {
  await start();
  const unsignable = forged(`/v1/tasks/echo?${"x".repeat(2_100)}`);
  expect((await ask(victim.port, unsignable, "127.0.0.2")).code).toBe("E_AUTH_MALFORMED");
  expect(await codeForForger()).toBe("E_ADDRESS_RATE");
});

test("a request that was overheard and is repeated earns its address nothing", async () => {
  await start();
  const overheard = request();
  expect(await statusOf(victim.port, overheard)).toBe(200);
  const repeated = await exchange(victim.port, overheard, (so) => so.includes("E_AUTH_REPLAY"), "127.0.0.2");
  expect(repeated).toContain("E_AUTH_REPLAY");
  expect(await codeForForger()).toBe("E_ADDRESS_RATE");
});

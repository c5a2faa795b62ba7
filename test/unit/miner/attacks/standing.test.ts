import { afterEach, expect, test } from "vitest";
import {
  ask,
  exchange,
  hello,
  raw,
  request,
  signed,
  startVictim,
  statusOf,
  validator,
  type Victim,
  type VictimOptions,
} from "./support.ts";

/** An address whose signatures held is believed more than others: nothing but a signature that held, used for the first time, may earn that. */

const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
let victim: Victim;
afterEach(() => victim.close());

/** A victim that checks one wrong signature of an address, and one in a hotkey's name, and then for a long time no more. */
async function start(options: VictimOptions = {}): Promise<void> {
  const addresses = { requests: plenty, failures: { perSecond: 0.001, burst: 1 } };
  victim = await startVictim({ ...options, addresses });
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

/** Strangers use up what may be forged in the validator's name before the validator itself has spoken; the code it then gets for a good request. */
async function codeForValidator(localAddress: string): Promise<string> {
  for (const forger of ["127.0.0.8", "127.0.0.9"]) await ask(victim.port, forged(), forger);
  const whole = (so: string): boolean => so.includes('"text":"hello"') || so.includes('"code"');
  const read = await exchange(victim.port, request(), whole, localAddress);
  return /"code":"(\w+)"/.exec(read)?.[1] ?? "answered";
}

test("forgeries right after a restart shut out a validator that nothing is known of", async () => {
  await start();
  expect(await codeForValidator("127.0.0.2")).toBe("E_ADDRESS_RATE");
});

test("they do not shut out one that has asked from there before the restart", async () => {
  await start({
    known: [{ hotkey: validator.address, network: "127.0.0.2", minute: Math.floor(Date.now() / 60_000) }],
  });
  expect(await codeForValidator("127.0.0.2")).toBe("answered");
});

test("nor one that asks from where its own axon is announced", async () => {
  await start({ validatorIp: "127.0.0.2" });
  expect(await codeForValidator("127.0.0.2")).toBe("answered");
  // The address is trusted in this one name: strangers there gain nothing.
  expect(await codeForValidator("127.0.0.3")).toBe("E_ADDRESS_RATE");
});

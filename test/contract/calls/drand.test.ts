/** Drand: rounds of the beacon, written by unsigned transactions (spec/subtensor-interface.md 2.5, 6.2, 6.3). */
import { hexToU8a, u8aToHex } from "@polkadot/util";
import { beaconSign } from "@subnetkit/shared/crypto/beacon";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { describe, expect, it } from "vitest";
import { localBeaconSecret } from "../../../chain/src/node/runtime/drand/local-key.ts";
import { covers } from "./coverage.ts";
import { harness, type Tx } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("Drand.write_pulse", "BadOrigin", "PulseVerificationError", "InvalidRoundNumber");
covers("Drand.set_beacon_config", "BadOrigin");
covers("Drand.set_oldest_stored_round", "BadOrigin");

const { stranger, sudo } = people;
const h = harness(lift);
const SECRET = localBeaconSecret();
const writer = keypairFromUri("//Writer");
const lastRound = () => h.int("Drand.LastStoredRound");

interface Pulse {
  readonly round: bigint;
  readonly randomness: string;
  readonly signature: string;
}
const pulse = (round: bigint, signature = u8aToHex(beaconSign(SECRET, round))): Pulse => ({
  round,
  randomness: `0x${"07".repeat(32)}`,
  signature,
});
/** An unsigned transaction with a payload signed by its writer. */
async function write(pulses: Pulse[], change: { block?: number; signed?: boolean } = {}): Promise<Tx> {
  const blank = h.tx(
    "Drand.write_pulse",
    { blockNumber: 0, pulses: [], public: { Sr25519: new Uint8Array(32) } },
    null,
  );
  const type =
    (blank.method.args[0] as unknown as { toRawType(): string; encodedLength: number }) && blank.meta.args[0];
  const payload = {
    blockNumber: change.block ?? (await h.height()),
    pulses,
    public: { Sr25519: u8aToHex(writer.publicKey) },
  };
  const encoded = h.api.registry.createType(String(type?.type ?? ""), payload).toU8a();
  const signature = u8aToHex(writer.sign(change.signed === false ? Uint8Array.of(1) : encoded));
  return h.tx("Drand.write_pulse", payload, { Sr25519: signature });
}
/** What the pool says of an unsigned transaction, or the outcome of its block. */
async function send(tx: Tx): Promise<unknown> {
  const bytes = tx.toHex();
  try {
    await h.rpc("author_submitExtrinsic", bytes);
  } catch (cause) {
    return (cause as { data?: string }).data;
  }
  await h.rpc("dev_newBlock");
  return h.outcomeOf(bytes);
}

describe("Drand.write_pulse", () => {
  it("stores a round and tells it, free and unsigned", async () => {
    await h.quiet();
    const round = (await lastRound()) + 1n;
    expect(await send(await write([pulse(round)]))).toMatchObject({
      kind: "ok",
      events: [["Drand.NewPulse", [Number(round)]]],
    });
    h.saw("Drand.write_pulse");
    expect(await lastRound()).toBe(round);
    expect(await h.get("Drand.Pulses", round)).toMatchObject({ round: Number(round) });
  });

  it("passes the pool only alone in its payload, signed, of a block that was, and new", async () => {
    await h.quiet();
    const next = (await lastRound()) + 1n;
    expect(await send(await write([pulse(next), pulse(next + 1n)]))).toBe("Transaction call is not expected");
    expect(await send(await write([]))).toBe("Transaction call is not expected");
    expect(await send(await write([pulse(next)], { signed: false }))).toBe("Transaction has a bad signature");
    expect(await send(await write([pulse(next)], { block: (await h.height()) + 50 }))).toBe(
      "Transaction will be valid in the future",
    );
    expect(await send(await write([pulse(await lastRound())]))).toBe("Transaction is outdated");
  });

  it("skips a pulse that is not the beacon's, and fails for one that is no signature", async () => {
    await h.quiet();
    const next = (await lastRound()) + 1n;
    const other = u8aToHex(beaconSign(SECRET, 1n));
    expect(await send(await write([pulse(next, other)]))).toMatchObject({ kind: "ok", events: [] });
    expect(await lastRound()).toBe(next - 1n);
    expect(await send(await write([pulse(next, "0x0102")]))).toMatchObject({
      kind: "failed",
      error: "Drand.PulseVerificationError",
    });
    h.sawError("Drand.write_pulse", "Drand.PulseVerificationError");
  });

  it("is for nobody: signed and root origins are refused; an old round fails in dispatch", async () => {
    const next = (await lastRound()) + 1n;
    const tx = await write([pulse(next)]);
    const args = tx.method.args.map((arg) => arg.toHex());
    await h.fails("BadOrigin", stranger, "Drand.write_pulse", ...args);
    await h.rootFails("BadOrigin", "Drand.write_pulse", ...args);
    const old = await write([pulse(await lastRound())]);
    const none = { system: { None: null } };
    expect(await h.root("Utility.dispatch_as", none, old)).toEqual([
      ["Utility.DispatchedAs", { err: { module: { index: 26, error: "0x04000000" } } }],
    ]);
    h.sawError("Drand.write_pulse", "Drand.InvalidRoundNumber");
  });
});

describe("what only root may", () => {
  it("Drand.set_oldest_stored_round", async () => {
    expect(await h.root("Drand.set_oldest_stored_round", 7)).toEqual([["Drand.SetOldestStoredRound", 7]]);
    expect(await h.get("Drand.OldestStoredRound")).toBe(7);
    await h.fails("BadOrigin", stranger, "Drand.set_oldest_stored_round", 7);
  });

  it("Drand.set_beacon_config", async () => {
    const config = await h.get<Record<string, unknown>>("Drand.BeaconConfig");
    const payload = { public: { Sr25519: sudo.publicKey }, blockNumber: 1, config: { ...config, period: 9 } };
    expect(await h.root("Drand.set_beacon_config", payload, null)).toEqual([["Drand.BeaconConfigChanged"]]);
    expect(await h.get("Drand.BeaconConfig")).toMatchObject({ period: 9 });
    await h.fails("BadOrigin", stranger, "Drand.set_beacon_config", payload, null);
    await h.root("Drand.set_beacon_config", { ...payload, config }, null);
    expect(hexToU8a(String(config["publicKey"]))).toHaveLength(96);
  });
});

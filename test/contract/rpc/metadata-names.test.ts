/** What Python's SCALE codec asks of metadata beyond what other clients do: recorded with async-substrate-interface 2.2.1 and cyscale 0.5.0. */
import { decAnyMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import { hexToU8a } from "@polkadot/util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain({ mode: "manual" });
});
afterAll(() => chain.close());

describe("metadata for Python", () => {
  it("names the type of every field: a call argument without one makes every block and submission undecodable", async () => {
    const { lookup } = unifyMetadata(decAnyMetadata(hexToU8a(String((await chain.http("state_getMetadata")).result))));
    const fields = lookup.flatMap(({ def }) =>
      def.tag === "composite" ? def.value : def.tag === "variant" ? def.value.flatMap((one) => one.fields) : [],
    );
    expect(fields.length).toBeGreaterThan(1_000);
    expect(fields.filter(({ typeName }) => typeName === undefined || typeName === "")).toEqual([]);
    const calls = lookup.find(({ path }) => path.join("::") === "pallet_balances::pallet::Call")?.def;
    const transfer =
      calls?.tag === "variant" ? calls.value.find(({ name }) => name === "transfer_keep_alive") : undefined;
    expect(transfer?.fields.map(({ name, typeName }) => [name, typeName])).toEqual([
      ["dest", "MultiAddress"],
      ["value", "Compact<u64>"],
    ]);
  });

  it("describes every module error: the SDK tells one without docs as UnknownError", async () => {
    const { lookup } = unifyMetadata(decAnyMetadata(hexToU8a(String((await chain.http("state_getMetadata")).result))));
    const errors = lookup.flatMap(({ path, def }) =>
      path.at(-1) === "Error" && def.tag === "variant" ? def.value : [],
    );
    expect(errors.length).toBeGreaterThan(200);
    expect(errors.filter(({ docs }) => docs.join("").trim() === "")).toEqual([]);
    expect(errors.find(({ name }) => name === "NotEnoughBalanceToStake")?.docs).toEqual([
      "Not enough balance to stake",
    ]);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { developmentAccount } from "@subnetkit/chain/node/genesis/keys";
import { checkedGenesis, readGenesisFile } from "@subnetkit/chain/node/genesis/read-genesis";
import type { GenesisDocument } from "@subnetkit/chain/node/genesis/schema";
import { type DevChain, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { stakeOf } from "@subnetkit/chain/node/runtime/subtensor/state/shares";
import { balances } from "@subnetkit/chain/spec/pallets/balances";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { sudo } from "@subnetkit/chain/spec/pallets/sudo";
import { system } from "@subnetkit/chain/spec/pallets/system";
import { timestamp } from "@subnetkit/chain/spec/pallets/timestamp";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { expectBalanced } from "../runtime/subtensor/balanced.ts";

const S = subtensorModule.storage;
const TAO = 1_000_000_000n;
const directory = mkdtempSync(path.join(tmpdir(), "subnetkit-genesis-"));
const chains: DevChain[] = [];

afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
  rmSync(directory, { recursive: true, force: true });
});

const start = async (genesis: GenesisDocument | string): Promise<DevChain> => {
  const faults: unknown[] = [];
  const chain = await startDevChain({ mode: "manual", genesis }, { onFault: (error) => faults.push(error) });
  chains.push(chain);
  expect(faults).toEqual([]);
  return chain;
};

const rich: GenesisDocument = {
  sudo: "//Bob",
  accounts: [
    { account: "//Nominator", balance: "12.5 TAO" },
    { account: "//Alice", balance: "2500 rao" },
  ],
  root: { members: [{ hotkey: "//Root//hot", coldkey: "//Root", stake: 5_000, take: 0.1 }] },
  block: 7_000,
  timestampMs: 1_900_000_000_000,
  issuance: 10_000_000,
  subnets: [
    {
      netuid: 9,
      owner: "//Subnet//owner",
      tempo: 12,
      symbol: "ω",
      identity: { subnet_name: "nine", description: "a test" },
      hyperparameters: {
        max_allowed_uids: 64,
        liquid_alpha_enabled: true,
        alpha_low: 10_000,
        alpha_high: 20_000,
        yuma_version: 2,
        min_burn: "0.001",
        weights_rate_limit: 5,
      },
      reserves: { tao: 3_000, alpha: "6000 alpha" },
      movingPrice: 0.5,
      mechanisms: { count: 2, split: [40_000, 25_535], weights: { "1": { "0": [[1, 65_535]] } } },
      neurons: [
        { hotkey: "//Validator//0//hot", coldkey: "//Subnet//owner", stake: "300 TAO", permit: true, registeredAt: 5 },
        {
          hotkey: "//Miner//0//hot",
          coldkey: "//Miner//0",
          stake: "20 alpha",
          nominations: [{ coldkey: "//Nominator", stake: 10 }],
          axon: { ip: "2001:db8::1", port: 8_091, protocol: 0 },
        },
      ],
      weights: { "0": [[1, 10]] },
      bonds: { "0": [[1, 1_000]] },
    },
    { owner: "//Second", ownerHotkey: "//Second//hot", started: false, registrationOpen: false },
  ],
};

describe("a genesis file", () => {
  it("puts everything it says where the chain keeps it, and adds up", async () => {
    const { node } = await start(rich);
    const first = node.chain.block(node.chain.hashAt(7_000) ?? "");
    const state = first === undefined ? undefined : node.chain.stateAt(first);
    if (state === undefined) throw new RangeError("the first block has no state");
    expectBalanced(state);
    const account = (uri: string): string => bytesToHex(keypairFromUri(uri).publicKey);
    const [validator, miner] = [account("//Validator//0//hot"), account("//Miner//0//hot")];
    expect(state.get(sudo.storage.Key)).toBe(account("//Bob"));
    expect(state.get(system.storage.Account, account("//Nominator")).data.free).toBe(12_500_000_000n);
    expect(state.get(system.storage.Account, account("//Alice")).data.free).toBe(2_500n);
    expect(state.get(balances.storage.TotalIssuance)).toBe(10_000_000n * TAO);
    expect(state.get(S.TotalIssuance)).toBe(10_000_000n * TAO);
    expect(state.get(timestamp.storage.Now)).toBe(1_900_000_000_000n);
    expect(state.get(S.Keys, 0, 0)).toBe(account("//Root//hot"));
    expect(stakeOf(state, account("//Root//hot"), account("//Root"), 0)).toBe(5_000n * TAO);
    expect(state.get(S.Delegates, account("//Root//hot"))).toBe(6_553);
    expect(state.get(S.SubtokenEnabled, 0)).toBe(true);
    expect(state.get(S.TotalNetworks)).toBe(4);
    expect(state.get(S.Tempo, 9)).toBe(12);
    expect(Buffer.from(state.get(S.TokenSymbol, 9)).toString()).toBe("ω");
    expect(Buffer.from(state.get(S.SubnetIdentitiesV3, 9)?.subnet_name ?? []).toString()).toBe("nine");
    expect(state.get(S.AlphaValues, 9)).toEqual([10_000, 20_000]);
    expect(state.get(S.Yuma3On, 9)).toBe(false);
    expect(state.get(S.MinBurn, 9)).toBe(1_000_000n);
    expect(state.get(S.WeightsSetRateLimit, 9)).toBe(5n);
    expect(state.get(S.SubnetMovingPrice, 9).bits).toBe(1n << 31n);
    expect(state.get(S.SubnetTAO, 9)).toBe(3_300n * TAO);
    expect(state.get(S.SubnetAlphaIn, 9)).toBeLessThan(6_000n * TAO);
    expect([0, 1].map((uid) => state.get(S.Keys, 9, uid))).toEqual([validator, miner]);
    expect(state.get(S.BlockAtRegistration, 9, 0)).toBe(5n);
    expect(state.get(S.BlockAtRegistration, 9, 1)).toBe(7_000n);
    expect(state.get(S.ValidatorPermit, 9)).toEqual([true, false]);
    expect(stakeOf(state, miner, account("//Miner//0"), 9)).toBe(20n * TAO);
    expect(stakeOf(state, miner, account("//Nominator"), 9)).toBe(10n * TAO);
    expect(state.get(S.Axons, 9, miner)).toMatchObject({ port: 8_091, ip_type: 6, protocol: 0 });
    expect(state.get(S.Weights, 9, 0)).toEqual([[1, 65_535]]);
    expect(state.get(S.Weights, 9 + 4_096, 0)).toEqual([[1, 65_535]]);
    expect(state.get(S.Bonds, 9, 0)).toEqual([[1, 1_000]]);
    expect(state.get(S.MechanismEmissionSplit, 9)).toEqual([40_000, 25_535]);
    expect(state.get(S.SubnetOwner, 2)).toBe(account("//Second"));
    expect(state.get(S.NetworkRegistrationAllowed, 2)).toBe(false);
    expect(state.has(S.FirstEmissionBlockNumber, 2)).toBe(false);
  });

  it("goes on from its block number and keeps adding up", async () => {
    const chain = await start(rich);
    expect(chain.node.chain.head.number).toBe(7_001);
    await chain.nextEpoch(9, 2);
    expectBalanced(chain.node.chain.headState());
    expect(chain.node.chain.headState().get(S.Incentive, 9)).toEqual([0, 65_535]);
  });

  it("is the same chain from the same file, and another from another", async () => {
    const document: GenesisDocument = { ...rich, timestampMs: 1_900_000_000_000 };
    const [one, two] = [await start(document), await start(document)];
    expect(one.genesisHash).toBe(two.genesisHash);
    const other = await start({ ...document, block: 7_001 });
    expect(other.genesisHash).not.toBe(one.genesisHash);
  });

  it("derives the accounts of development paths as every other tool does", () => {
    for (const uri of [
      "//Alice",
      "//Validator//0//hot",
      "//Miner//17",
      "//a/soft//very long part of a derivation path",
    ])
      expect(developmentAccount(uri)).toBe(bytesToHex(keypairFromUri(uri).publicKey));
  });
});

const neuron = (i: number) => ({ hotkey: `//n//${i}//hot`, coldkey: `//n//${i}` });
const subnet = (more: object): object => ({ subnets: [{ owner: "//n//0", neurons: [neuron(0), neuron(1)], ...more }] });

describe("a genesis that cannot be is refused with its place, its value and what to do", () => {
  const refusals: readonly (readonly [string, unknown, string, string])[] = [
    ["an unknown field", { acounts: [] }, "acounts", "accounts"],
    [
      "an unknown field of a neuron",
      subnet({ neurons: [{ ...neuron(0), stakes: 1 }] }),
      "subnets[0].neurons[0].stakes",
      "stake",
    ],
    [
      "a hyperparameter nobody knows",
      subnet({ hyperparameters: { temp: 3 } }),
      "subnets[0].hyperparameters.temp",
      "tempo",
    ],
    ["a value out of range", subnet({ tempo: 70_000 }), "subnets[0].tempo", "70000"],
    [
      "an amount that is none",
      { accounts: [{ account: "//A", balance: "1 dollar" }] },
      "accounts[0].balance",
      "1 dollar",
    ],
    ["more than can exist", { accounts: [{ account: "//A", balance: 1e8 }] }, "accounts[0].balance", "21,000,000"],
    [
      "a balance below the existential deposit",
      { accounts: [{ account: "//A", balance: "1 rao" }] },
      "accounts[0].balance",
      "500",
    ],
    [
      "an account twice",
      {
        accounts: [
          { account: "//A", balance: 1 },
          { account: "//A", balance: 2 },
        ],
      },
      "accounts[1].account",
      "twice",
    ],
    ["an account that is none", { sudo: "Alice" }, "sudo", "//Alice"],
    [
      "a netuid twice",
      { subnets: [{ netuid: 1, owner: "//A", ownerHotkey: "//B" }] },
      "subnets[0].netuid",
      "localnetSubnet",
    ],
    ["a subnet without an owner's hotkey", { subnets: [{ owner: "//A" }] }, "subnets[0].ownerHotkey", "uid 0"],
    [
      "a hotkey of two coldkeys",
      { ...subnet({}), root: { members: [{ ...neuron(1), coldkey: "//other" }] } },
      "subnets[0].neurons[1]",
      "another coldkey",
    ],
    ["a uid that is not there", subnet({ weights: { "0": [[5, 1]] } }), "subnets[0].weights.0[0]", "uid below 2"],
    [
      "a uid twice in a row",
      subnet({
        weights: {
          "0": [
            [1, 1],
            [1, 2],
          ],
        },
      }),
      "subnets[0].weights.0[1]",
      "once",
    ],
    [
      "more neurons than room",
      subnet({ hyperparameters: { max_allowed_uids: 1 } }),
      "subnets[0].neurons",
      "room for 1",
    ],
    [
      "a registration ahead",
      subnet({ neurons: [{ ...neuron(0), registeredAt: 3 }] }),
      "subnets[0].neurons[0].registeredAt",
      "raise `block`",
    ],
    ["a start ahead", subnet({ startedAt: 2 }), "subnets[0].startedAt", "start_call"],
    ["a pool without a price", subnet({ reserves: { tao: 1, alpha: 0 } }), "subnets[0].reserves.alpha", "price"],
    ["half a pair", subnet({ hyperparameters: { alpha_low: 2_000 } }), "subnets[0].hyperparameters.alpha_high", "both"],
    [
      "parts that do not sum",
      subnet({ hyperparameters: { max_allowed_uids: 64 }, mechanisms: { count: 2, split: [1, 2] } }),
      "subnets[0].mechanisms.split",
      "65535",
    ],
  ];
  it.each(refusals)("%s", (_name, document, at, says) => {
    const error = refusal(() => checkedGenesis(document));
    expect(error.data["at"]).toBe(at);
    expect(`${error.message} ${error.remedy}`).toContain(says);
  });

  const byChain: readonly (readonly [string, unknown, string, string])[] = [
    [
      "a hyperparameter the chain forbids",
      subnet({ hyperparameters: { min_burn: 2 } }),
      "subnets[0].hyperparameters.min_burn",
      "AdminUtils.ValueNotInBounds",
    ],
    [
      "an axon the chain forbids",
      subnet({ neurons: [{ ...neuron(0), axon: { ip: "127.0.0.1", port: 1 } }] }),
      "subnets[0].neurons[0].axon",
      "SubtensorModule.InvalidIpAddress",
    ],
    ["a symbol nobody knows", subnet({ symbol: "xyz" }), "subnets[0].symbol", "knows no such symbol"],
    ["an issuance below what is held", { issuance: 5 }, "issuance", "hold"],
  ];
  it.each(byChain)("%s, when the chain begins", async (_name, document, at, says) => {
    await expect(startDevChain({ genesis: document as GenesisDocument })).rejects.toMatchObject({
      code: "E_GENESIS_INVALID",
      data: { at },
      message: expect.stringContaining(says) as string,
    });
  });

  it("names the file, and repeats no phrase that was put where an account belongs", () => {
    const file = path.join(directory, "genesis.json");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({ sudo: "bottom drive obey lake curtain smoke basket hold race lonely fit walk" }),
    );
    const error = refusal(() => readGenesisFile(file));
    expect(error.message).toContain(file);
    expect(JSON.stringify(error)).not.toContain("curtain");
    writeFileSync(file, "{");
    expect(refusal(() => readGenesisFile(file)).message).toContain("no JSON");
    expect(refusal(() => readGenesisFile(path.join(directory, "absent.json"))).message).toContain("cannot be read");
  });

  it("whatever the document is, and wherever a valid one is changed", () => {
    const refusedOrTaken = (document: unknown): void => {
      try {
        checkedGenesis(document);
      } catch (error) {
        expect(isAppError(error, "E_GENESIS_INVALID"), String(error)).toBe(true);
      }
    };
    fc.assert(fc.property(fc.jsonValue(), refusedOrTaken), { numRuns: 100, seed: 1 });
    const places = leavesOf(rich);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) =>
        refusedOrTaken(changed(rich, place, value)),
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("does not take two answers to one question", async () => {
    await expect(startDevChain({ genesis: "a.json", preset: "empty" })).rejects.toMatchObject({
      code: "E_CONFIG_VALUE",
    });
    await expect(startDevChain({ state: "a.gz", stateDir: "b" })).rejects.toMatchObject({ code: "E_CONFIG_VALUE" });
  });
});

type Place = readonly (string | number)[];

/** Where the document has a value that is no object and no list. */
function leavesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [at];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
}

function changed(document: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(document)) return document.with(Number(key), changed(document[Number(key)], rest, value));
  const fields = document as Record<string, unknown>;
  return { ...fields, [key]: changed(fields[key], rest, value) };
}

function refusal(work: () => unknown): Error & { data: Record<string, unknown>; remedy: string } {
  try {
    work();
  } catch (error) {
    if (isAppError(error, "E_GENESIS_INVALID")) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("the guide", () => {
  it("shows a genesis file that starts", async () => {
    const guide = readFileSync(path.resolve(import.meta.dirname, "../../../../../docs/guides/dev-chain.md"), "utf8");
    const [, example = ""] = /```json genesis\n([\s\S]*?)```/.exec(guide) ?? [];
    const chain = await start(JSON.parse(example) as GenesisDocument);
    await chain.nextEpoch(2, 2);
    expect(
      chain.node.chain
        .headState()
        .get(S.Incentive, 2)
        .some((value) => value > 0),
    ).toBe(true);
    expectBalanced(chain.node.chain.headState());
  });
});

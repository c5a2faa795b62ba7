/** Signed transactions through the real pool into real blocks: decoding, signature, guards, fee, dispatch, events, state root, seal. */
import { type Keypair, verifySignature } from "@subnetkit/shared/crypto/keypair";
import type { ChainNode } from "../../../chain/src/node/create-node.ts";
import type { RuntimeCall } from "../../../chain/src/spec/call.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import {
  accountOf,
  benchKey,
  benchNode,
  edit,
  fund,
  keylessAccount,
  NETUID,
  Signer,
  startSubnet,
} from "./bench-node.ts";
import { type Cost, costNow, costOf, type Row, rateRow } from "./measure.ts";

const S = subtensorModule.storage;
const BUDGET_PER_S = 2_000;
const SIGNERS = 64;

type CallOf = (signer: number, round: number) => RuntimeCall;

interface Case {
  readonly what: string;
  readonly call: CallOf;
  /** Whether the subnet takes commits instead of weights. */
  readonly commitReveal: boolean;
  /** Transactions of one signer in one block. */
  readonly perSigner: number;
}

/** Rates of transfers, weights and timelocked commits, and of the bare signature check that bounds them. */
export async function throughput(quick: boolean): Promise<Row[]> {
  const count = quick ? 2_048 : 4_096;
  const keys = Array.from({ length: SIGNERS }, (_, i) => benchKey(i));
  const bare = signatureRate(keys, count);
  const perSecond = (1000 * count) / bare.cpuMs;
  const rows = [rateRow("signature checks alone (sr25519)", count, bare)];
  for (const one of CASES) {
    const cost = await applied(keys, count, one);
    const ratio = `${((100 * count * 1000) / cost.cpuMs / perSecond).toFixed(0)} % of signature checks alone`;
    rows.push(rateRow(one.what, count, cost, BUDGET_PER_S, ratio));
  }
  return rows;
}

const CASES: readonly Case[] = [
  {
    what: "transfers applied",
    commitReveal: false,
    perSigner: 8,
    call: (signer, round) => ({
      pallet: "Balances",
      name: "transfer_keep_alive",
      args: { dest: { type: "Id", value: keylessAccount(signer * 7 + (round % 64)) }, value: 1_000_000_000n },
    }),
  },
  {
    what: "set_weights applied, rows of 64",
    commitReveal: false,
    perSigner: 8,
    call: (_, round) => ({
      pallet: "SubtensorModule",
      name: "set_weights",
      args: {
        netuid: NETUID,
        dests: Array.from({ length: 64 }, (__, i) => i),
        weights: Array.from({ length: 64 }, (__, i) => 1 + ((i * 997 + round) % 60_000)),
        version_key: 0n,
      },
    }),
  },
  {
    what: "timelocked commits applied, 300 bytes",
    commitReveal: true,
    perSigner: 1,
    call: (_, round) => ({
      pallet: "SubtensorModule",
      name: "commit_timelocked_weights",
      args: {
        netuid: NETUID,
        commit: new Uint8Array(300).fill(round),
        reveal_round: 1_000_000_000n,
        commit_reveal_version: 4,
      },
    }),
  },
];

function signatureRate(keys: readonly Keypair[], count: number): Cost {
  const message = new Uint8Array(100).fill(7);
  const signed = keys.map((key) => ({ key, signature: key.sign(message) }));
  const check = (times: number): void => {
    for (let i = 0; i < times; i++) {
      const { key, signature } = signed[i % signed.length] as (typeof signed)[number];
      if (!verifySignature("sr25519", message, signature, key.publicKey)) throw new Error("a signature does not hold");
    }
  };
  check(200);
  return costNow(() => check(count));
}

/** Submits and builds in turns, `perSigner` transactions of each signer a block; signing and making room do not count. */
async function applied(keys: readonly Keypair[], count: number, one: Case): Promise<Cost> {
  const node = benchNode();
  edit(node, (ctx) => fund(ctx, keys.map(accountOf)));
  await startSubnet(node, {
    hotkeys: keys.map(accountOf),
    validators: SIGNERS + 1,
    perRow: 64,
    tempo: 360,
    commitReveal: one.commitReveal,
  });
  const signers = keys.map((key) => new Signer(node, key));
  const rounds = Math.ceil(count / SIGNERS / one.perSigner);
  const warmUp = Math.ceil(rounds / 8);
  let cost: Cost = { cpuMs: 0, wallMs: 0 };
  for (let round = -warmUp; round < rounds; round++) {
    // A hotkey may have ten commits that wait.
    if (one.commitReveal) edit(node, ({ state }) => state.killPrefix(S.TimelockedWeightCommits, NETUID));
    const batch = Array.from({ length: one.perSigner }, (_, k) =>
      signers.map((signer, i) => signer.sign(one.call(i, (round + warmUp) * one.perSigner + k))),
    ).flat();
    const spent = await costOf(() => applyBatch(node, batch));
    if (round >= 0) cost = { cpuMs: cost.cpuMs + spent.cpuMs, wallMs: cost.wallMs + spent.wallMs };
  }
  node.close();
  return cost;
}

async function applyBatch(node: ChainNode, batch: readonly Uint8Array[]): Promise<void> {
  for (const bytes of batch) {
    const { kind } = node.submit(bytes);
    if (kind !== "accepted") throw new Error(`a transaction was not accepted: ${kind}`);
  }
  await node.producer.produce(4, () => node.pool.size === 0);
  if (node.pool.size > 0) throw new Error(`${node.pool.size} transactions were left over`);
}

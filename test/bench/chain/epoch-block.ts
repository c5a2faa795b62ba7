/** The block with an epoch in it: what it costs from the first hook to the end of its append, and where the time goes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runMechanisms } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import { encodeBlock } from "../../../chain/src/node/block/block.ts";
import type { ChainNode } from "../../../chain/src/node/create-node.ts";
import { mechanismInput, sharedEpochInput } from "../../../chain/src/node/runtime/subtensor/epoch/epoch-input.ts";
import { runSubnetEpoch } from "../../../chain/src/node/runtime/subtensor/epoch/run-subnet-epoch.ts";
import { blockStep } from "../../../chain/src/node/runtime/subtensor/coinbase/block-step.ts";
import { benchNode, keylessAccount, NETUID, startSubnet, toBlockBeforeEpoch } from "./bench-node.ts";
import { type Cost, costNow, costOf, medianCost, type Row, timeRow } from "./measure.ts";

const BUDGET_MS = 60;
const SPARSE_BUDGET_MS = 400;

interface Shape {
  readonly what: string;
  readonly neurons: number;
  readonly validators: number;
  readonly perRow: number;
  readonly budgetMs?: number;
}

const DENSE: Shape = {
  what: "256 neurons, 64 validators, full rows",
  neurons: 256,
  validators: 64,
  perRow: 256,
  budgetMs: BUDGET_MS,
};
const SPARSE: Shape = {
  what: "4,096 neurons, 64 validators, rows of 64",
  neurons: 4_096,
  validators: 64,
  perRow: 64,
  budgetMs: SPARSE_BUDGET_MS,
};

/** Both shapes, on disk as `npm start` has it. */
export async function epochBlocks(quick: boolean): Promise<Row[]> {
  return [...(await epochBlock(DENSE, quick ? 9 : 21)), ...(await epochBlock(SPARSE, quick ? 3 : 5))];
}

async function epochBlock(shape: Shape, samples: number): Promise<Row[]> {
  const stateDir = mkdtempSync(path.join(tmpdir(), "subnetkit-bench-"));
  const node = benchNode({ stateDir });
  const hotkeys = Array.from({ length: shape.neurons - 1 }, (_, i) => keylessAccount(i));
  await startSubnet(node, { ...shape, hotkeys, tempo: 20, commitReveal: true });
  const costs: Cost[] = [];
  const parts = new Map<string, Cost[]>();
  let changes = 0;
  for (let sample = 0; sample < samples; sample++) {
    await toBlockBeforeEpoch(node);
    for (const [name, cost] of partsOf(node)) parts.set(name, [...(parts.get(name) ?? []), cost]);
    costs.push(await costOf(() => node.producer.produce(1, () => false)));
    const { head } = node.chain;
    changes = head.changes.length;
    parts.set("encode for the disk", [...(parts.get("encode for the disk") ?? []), costNow(() => encodeBlock(head))]);
  }
  node.close();
  rmSync(stateDir, { recursive: true, force: true });
  return [
    timeRow(`block with an epoch: ${shape.what}`, medianCost(costs), shape.budgetMs, `${changes} keys change`),
    ...[...parts].map(([name, of]) => timeRow(`  of it: ${name}`, medianCost(of))),
  ];
}

/** The parts that can be had alone, each on the state before the epoch. The later ones include the earlier. */
function partsOf(node: ChainNode): [string, Cost][] {
  const { head } = node.chain;
  const run = (work: (ctx: NonNullable<ReturnType<ChainNode["executionAfter"]>>) => unknown): Cost => {
    const ctx = node.executionAfter(head);
    if (ctx === undefined) throw new Error("the head has no state");
    return costNow(() => work(ctx));
  };
  const at = head.number + 1;
  let shared: ReturnType<typeof sharedEpochInput> | undefined;
  let own: ReturnType<typeof mechanismInput> | undefined;
  const reading = run(({ state }) => {
    shared = sharedEpochInput(state, NETUID, at, 1_000_000_000n);
    own = mechanismInput(state, NETUID, NETUID, at);
  });
  const arithmetic = costNow(() => shared && own && runMechanisms(shared, [own], null, runEpochFast));
  const epoch = run((ctx) => runSubnetEpoch(ctx, NETUID, 1_000_000_000n));
  let collect: Cost | undefined;
  const step = run((ctx) => {
    blockStep(ctx);
    collect = costNow(() => ctx.state.changes());
  });
  return [
    ["reading the epoch's input", reading],
    ["arithmetic of the epoch", arithmetic],
    ["the epoch, read, run and stored", epoch],
    ["SubtensorModule's whole step, changes collected", step],
    ["collecting the changes", collect as Cost],
  ];
}

/** The block that reveals a whole subnet's timelocked commits, opened ahead as a node in interval mode has them, and what opening one takes. */
import { encodeWeightsPayload, timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { setImmediate as turn } from "node:timers/promises";
import type { ChainNode } from "../../../chain/src/node/create-node.ts";
import { scheduledRound } from "../../../chain/src/node/runtime/drand/beacon.ts";
import { isOpened } from "../../../chain/src/node/runtime/drand/open-timelock.ts";
import { currentCommitEpoch } from "../../../chain/src/node/runtime/subtensor/state/schedule.ts";
import { drand } from "../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { benchNode, edit, keepActive, keylessAccount, NETUID, startSubnet } from "./bench-node.ts";
import { type Cost, costOf, medianCost, type Row, timeRow } from "./measure.ts";

const S = subtensorModule.storage;
const COMMITS = 64;
const NEURONS = 256;
/** Half of the time between two blocks: the commits come due in the block that has the subnet's epoch in it as well. */
const BUDGET_MS = 125;

/** 64 commits with rows of 64, revealed in one block. */
export async function reveals(quick: boolean): Promise<Row[]> {
  const node = benchNode();
  const hotkeys = Array.from({ length: NEURONS - 1 }, (_, i) => keylessAccount(i));
  await startSubnet(node, { hotkeys, validators: COMMITS, perRow: 64, tempo: 20, commitReveal: true });
  const ahead: Cost[] = [];
  const blocks: Cost[] = [];
  for (let sample = 0; sample < (quick ? 2 : 5); sample++) blocks.push(await revealOnce(node, hotkeys, ahead));
  node.close();
  return [
    timeRow(`block that reveals ${COMMITS} timelocked commits`, medianCost(blocks), BUDGET_MS, "with the epoch in it"),
    timeRow("  opening one of them ahead, between blocks", medianCost(ahead)),
  ];
}

/** Commits, opens between blocks, and reveals; what the block with the reveals cost. */
async function revealOnce(node: ChainNode, hotkeys: readonly string[], ahead: Cost[]): Promise<Cost> {
  const round = commit(node, hotkeys.slice(0, COMMITS));
  while (node.chain.headView().get(drand.storage.Pulses, round) === undefined) {
    await node.producer.produce(1, () => false);
    ahead.push(...(await rest(node)));
  }
  keepActive(node);
  for (let blocks = 0; blocks < 64; blocks++) {
    const cost = await costOf(() => node.producer.produce(1, () => false));
    if (waiting(node) === 0) return cost;
  }
  throw new Error(`${waiting(node)} commits were not revealed`);
}

/** Stores a commit of each hotkey in the running epoch; returns the round they are locked to. */
function commit(node: ChainNode, hotkeys: readonly string[]): bigint {
  let round = 0n;
  edit(node, ({ state, block }) => {
    round = scheduledRound(state) + 3n;
    const { public_key } = state.get(drand.storage.BeaconConfig);
    const epoch = BigInt(currentCommitEpoch(state, NETUID, block.number));
    const queue = hotkeys.map((hotkey, i): [string, bigint, Uint8Array, bigint] => {
      const payload = encodeWeightsPayload({
        hotkey: hexToBytes(hotkey),
        uids: Array.from({ length: 64 }, (_, uid) => uid),
        values: Array.from({ length: 64 }, (_, uid) => 1 + ((uid * 997 + i) % 60_000)),
        versionKey: 0n,
      });
      return [hotkey, BigInt(block.number), timelockEncrypt(payload, round, public_key), round];
    });
    state.put(S.TimelockedWeightCommits, [NETUID, epoch], queue);
  });
  return round;
}

/** Lets the event loop turn until nothing is left to open; what each turn with work in it cost. */
async function rest(node: ChainNode): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (let open = opened(node); ; ) {
    const cost = await costOf(() => turn());
    const now = opened(node);
    if (now === open) return costs;
    costs.push(cost);
    open = now;
  }
}

function opened(node: ChainNode): number {
  const state = node.chain.headView();
  let count = 0;
  for (const { value } of state.iterate(S.TimelockedWeightCommits, NETUID))
    for (const [, , ciphertext, round] of value) {
      const signature = node.beacon.pulseOf(round)?.signature;
      if (signature !== undefined && isOpened(ciphertext, signature)) count += 1;
    }
  return count;
}

function waiting(node: ChainNode): number {
  let count = 0;
  for (const { value } of node.chain.headView().iterate(S.TimelockedWeightCommits, NETUID)) count += value.length;
  return count;
}

/** The metagraph runtime API, as a function of this process and as a client on a socket has it. */
import { once } from "node:events";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { pino } from "pino";
import { WebSocket } from "ws";
import { chainMetrics } from "../../../chain/src/node/metrics.ts";
import { createDispatch } from "../../../chain/src/node/rpc/dispatch.ts";
import { callApi } from "../../../chain/src/node/rpc/methods/state.ts";
import { rpcMethods } from "../../../chain/src/node/rpc/methods.ts";
import { startRpcServer } from "../../../chain/src/node/rpc/server.ts";
import { u16 } from "../../../chain/src/spec/scale/numbers.ts";
import { vec } from "../../../chain/src/spec/scale/sequences.ts";
import { concatBytes } from "@subnetkit/shared/util/bytes";
import { benchNode, keylessAccount, NETUID, startSubnet } from "./bench-node.ts";
import { type Cost, costNow, costOf, medianCost, type Row, timeRow } from "./measure.ts";

const BUDGET_MS = 10;
const WHOLE = "SubnetInfoRuntimeApi_get_metagraph";
const SELECTIVE = "SubnetInfoRuntimeApi_get_selective_metagraph";
/** Field indices a miner's client asks for: hotkeys, axons, validator permit, stake. */
const SELECTED = [52, 55, 57, 71];

/** Whole and selective, in-process and over the socket; the client's own time is in the socket's figures. */
export async function metagraph(quick: boolean): Promise<Row[]> {
  const samples = quick ? 15 : 61;
  const node = benchNode();
  const hotkeys = Array.from({ length: 255 }, (_, i) => keylessAccount(i));
  await startSubnet(node, { hotkeys, validators: 64, perRow: 256, tempo: 20, commitReveal: true });
  const log = pino({ level: "silent" });
  const metrics = createMetrics(chainMetrics);
  const dispatch = createDispatch(rpcMethods(node), { log, metrics });
  const server = await startRpcServer(node.config, { dispatch, log, metrics, onRewind: node.onRewind });
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}`);
  await once(socket, "open");
  const rows: Row[] = [];
  for (const [what, name, args] of [
    ["metagraph, 256 neurons", WHOLE, u16.enc(NETUID)],
    ["selective metagraph, 4 fields", SELECTIVE, concatBytes(u16.enc(NETUID), vec(u16).enc(SELECTED))],
  ] as const) {
    const inProcess: Cost[] = [];
    const overSocket: Cost[] = [];
    // A new block between two samples: an answer may be remembered for as long as its block is the head, and this counts the first.
    for (let sample = -5; sample < samples; sample++) {
      await node.producer.produce(1, () => false);
      const cost = costNow(() => answer(node, name, args));
      await node.producer.produce(1, () => false);
      const asked = await costOf(() => ask(socket, name, bytesToHex(args)));
      if (sample < 0) continue;
      inProcess.push(cost);
      overSocket.push(asked);
    }
    rows.push(timeRow(`${what}, in-process`, medianCost(inProcess), BUDGET_MS));
    rows.push(timeRow(`${what}, over the socket`, medianCost(overSocket), BUDGET_MS));
  }
  socket.terminate();
  await server.close();
  node.close();
  return rows;
}

function answer(node: ReturnType<typeof benchNode>, name: string, args: Uint8Array): void {
  const execution = node.executionAfter(node.chain.head);
  if (execution === undefined) throw new Error("the head has no state");
  callApi(node, execution, name, args);
}

async function ask(socket: WebSocket, name: string, args: string): Promise<void> {
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "state_call", params: [name, args] }));
  const [data] = (await once(socket, "message")) as [unknown];
  const { result } = JSON.parse(String(data)) as { result?: string };
  if (result === undefined || result.length < 100) throw new Error(`${name} did not answer`);
}

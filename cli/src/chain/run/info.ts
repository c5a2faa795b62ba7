import { devInfo } from "@subnetkit/chain/client/dev/info";
import { grouped } from "../../local/view/format.ts";
import { pairLines, timeText, valueText } from "../text/lines.ts";
import type { VerbRun } from "../verb.ts";

/** Lag of a block's time behind the clock that is worth a line. */
const AHEAD_MS = 60_000;

/** `chain info`. */
export const info: VerbRun = async ({ rpc, endpoint }) => {
  const answer = await devInfo(rpc);
  const { block, blockMs, history, mode, paused, pool } = answer;
  const how = mode === "interval" ? `every ${blockMs} ms` : mode === "instant" ? "one per transaction" : "on request";
  const lag = typeof answer["finalized"] === "number" ? block - answer["finalized"] : 0;
  const lines = pairLines([
    [
      "chain",
      `${answer.chain}, ${valueText(answer["specName"])} ${answer.specVersion}, subnetkit ${answer.version.replace(/-subnetkit$/, "")}`,
    ],
    ["rpc", endpoint],
    ["head", `${grouped(block)}  ${answer.hash}${lag > 0 ? `, finality ${lag} behind` : ""}`],
    ["time", timeText(answer.timestampMs)],
    [
      "clock",
      answer.clockMs - answer.timestampMs > AHEAD_MS ? `${timeText(answer.clockMs)} in the next block` : undefined,
    ],
    ["blocks", `${how}${paused ? ", paused" : ""}`],
    ["history", `${grouped(history)} blocks, states from ${grouped(Number(answer["oldestState"] ?? 0))}`],
    ["state", answer.persistent ? "on disk" : "in memory"],
    ["pool", pool === 1 ? "1 transaction" : `${grouped(pool)} transactions`],
    ["drand", drandText(answer["drand"])],
    ["lifted", listText(answer["lifted"])],
    ["impersonated", listText(answer["impersonated"])],
    ["mock signatures", answer["mockSignatures"] === true ? "count for every account" : undefined],
    [
      "faults",
      Number(answer["faults"] ?? 0) > 0 ? `${Number(answer["faults"])} in force: chain fault list` : undefined,
    ],
    ["genesis", answer.genesisHash],
  ]);
  return { json: answer, lines };
};

/** How pulses come, where that is not as the clock says. */
function drandText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("mode" in value) || value.mode === "follow") return undefined;
  return value.mode === "stall" ? "stands still: chain drand follow" : valueText(value.mode);
}

function listText(value: unknown): string | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(valueText).join(", ") : undefined;
}

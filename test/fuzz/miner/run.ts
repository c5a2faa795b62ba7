import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { startVictim } from "../../unit/miner/attacks/support.ts";
import { freshMs, type FuzzCase, fuzzCase, isOpen } from "./case.ts";
import { type Answer, createPipe, type Pipe, sendOnce } from "./send.ts";

/** Which cases to run. */
export type FuzzOptions = {
  readonly seed: string;
  readonly cases: number;
  /** Index of the first, default 0. */
  readonly from?: number;
  /** Called about every tenth of a percent with the cases done so far, at most once per batch. */
  readonly onProgress?: (done: number) => void;
};

/** What came of them. */
export type FuzzReport = {
  readonly cases: number;
  /** How many answers had which status; 0 for no answer. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly accepted: number;
  /** Everything that must not be; at most 20 of them. */
  readonly faults: readonly string[];
};

const connections = 8;
const perBatch = 16;

/**
 * Sends the cases to the real server over real connections and holds every answer against what its case allows: no 5xx that bad input could cause,
 * nothing answered that its caller did not sign, nothing answered twice, every good request answered, no log line, no body budget left behind.
 */
export async function fuzzMiner({ seed, cases, from = 0, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const victim = await startVictim({ limits: { headersTimeoutMs: 5_000, requestTimeoutMs: 10_000 } });
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  let accepted = 0;
  let next = from;
  let done = 0;

  const judge = (index: number, item: FuzzCase, answer: Answer, repeat: boolean): void => {
    const status = answer?.status ?? 0;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const fault = faultOf(item, answer, repeat);
    if (status === 200 && !isOpen(item.text)) accepted++;
    if (fault === undefined || faults.length >= 20) return;
    faults.push(
      `case ${index} (${item.story.join(", ")}): ${fault}, status ${status}: ${answer?.body.slice(0, 200) ?? ""}`,
    );
  };

  const work = async (pipe: Pipe): Promise<void> => {
    while (next < from + cases) {
      const first = next;
      next = Math.min(next + perBatch, from + cases);
      const batch = Array.from({ length: next - first }, (_, i) => fuzzCase(seed, first + i));
      const framed = batch.filter((item) => item.framed);
      // One is sent twice: what was answered must not be answered again.
      const repeated = framed.length > 0 && first % (perBatch * 4) === 0 ? framed.slice(0, 1) : [];
      const answers = await pipe.run([...framed, ...repeated].map(({ text }) => text));
      const others = await Promise.all(
        batch
          .filter((item) => !item.framed)
          .map(async (item) => [item, await sendOnce(victim.port, item.text)] as const),
      );
      for (const [i, item] of framed.entries()) judge(first + batch.indexOf(item), item, answers[i], false);
      for (const [item, answer] of others) judge(first + batch.indexOf(item), item, answer, false);
      for (const item of repeated) judge(first + batch.indexOf(item), item, answers.at(-1), true);
      const before = done;
      done += batch.length;
      if (Math.floor((before * 1_000) / cases) !== Math.floor((done * 1_000) / cases)) onProgress?.(done);
    }
  };

  const pipes = Array.from({ length: connections }, () => createPipe(victim.port));
  try {
    await Promise.all(pipes.map(work));
  } finally {
    for (const pipe of pipes) pipe.close();
    await victim.close();
  }
  if (victim.lines.length > 0) faults.push(`the server wrote to its log: ${victim.lines[0]}`);
  if (victim.unverifiedBytes() !== 0) faults.push(`${victim.unverifiedBytes()} bytes of bodies are still reserved`);
  if (sr25519Backend() !== "wasm") faults.push("the WebAssembly verifier broke");
  return { cases: done, statuses, accepted, faults };
}

function faultOf(item: FuzzCase, answer: Answer, repeat: boolean): string | undefined {
  const must = item.acceptance === "must" && Date.now() - item.signedAtMs < freshMs;
  if (answer === undefined) return must ? "a good request got no answer" : undefined;
  const { status, body } = answer;
  // 501 and 505 are Node's own words for what it does not speak; 503 and 504 are ours for a full queue and a task's deadline.
  if (status >= 500 && ![501, 503, 504, 505].includes(status)) return "a server error";
  if (isOpen(item.text)) return undefined;
  if (status === 200 && repeat) return "a replay was answered";
  if (status === 200 && item.acceptance === "mustNot") return "something nobody signed was answered";
  if (status === 200 && item.echo !== undefined && body !== item.echo) return "a changed body was answered";
  if (status === 200 || !must || repeat) return undefined;
  // The server may have seen it before the connection broke under an earlier one.
  return answer.resent === true && body.includes("E_AUTH_REPLAY") ? undefined : "a good request was refused";
}

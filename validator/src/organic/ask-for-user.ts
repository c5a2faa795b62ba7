import { randomBytes } from "node:crypto";
import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type AnyTask, type RequestJson, scoresOrganic } from "@subnetkit/shared/subnet";
import { type AskModules, type AskOptions, askMiner } from "../round/ask.ts";
import { openDialectMemory } from "../round/dialects/memory.ts";
import type { Outcome, OutcomeKind } from "../round/outcome.ts";
import type { PlannedMiner } from "../round/plan-record.ts";
import type { MinerTls } from "../round/tls.ts";
import type { DialectStore } from "../store/dialect-store.ts";
import { chooseMiners } from "./choose-miners.ts";
import type { OrganicQueue } from "./organic-queue.ts";

/** What came of a user's request. */
export type UserAnswer =
  | { readonly kind: "answered"; readonly miner: PlannedMiner; readonly latencyMs: number; readonly body: unknown }
  /** Every miner that was asked failed, the last one so. */
  | { readonly kind: "unanswered"; readonly asked: number; readonly last: Exclude<OutcomeKind, "answered"> }
  | { readonly kind: "nobody" }
  /** The user hung up. */
  | { readonly kind: "gone" };

export type AskForUserOptions = {
  readonly ask: AskOptions;
  /** Whether answers are scored with rounds. */
  readonly scored: boolean;
};

export type AskForUserModules = Pick<AskModules, "pools" | "keypair"> & {
  readonly metagraph: () => Metagraph | undefined;
  readonly fingerprints: () => ReadonlyMap<string, Uint8Array>;
  readonly scores: () => ReadonlyMap<string, number>;
  readonly dialects: DialectStore;
  readonly tls: MinerTls | undefined;
  readonly queue: OrganicQueue;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** A pair was put aside to be scored, or could not be. */
  readonly onOffered: (result: "queued" | "full" | "large" | "failed") => void;
  readonly log: Logger;
};

/** Miners that are asked for one request, one after the other. */
const mostAttempts = 3;

/**
 * Asks miners, chosen by score, until one answers as the task wants it, signed. A miner that fails at once costs the user nothing: the next is asked while the
 * task's time limit has not passed since the beginning, so the whole takes at most twice that. What was asked of whom is put aside to be scored.
 */
export async function askForUser(
  {
    task,
    requestJson,
    signal,
  }: { readonly task: AnyTask; readonly requestJson: RequestJson; readonly signal: AbortSignal },
  options: AskForUserOptions,
  modules: AskForUserModules,
): Promise<UserAnswer> {
  const { keypair, dialects, tls, nowMs, random } = modules;
  const metagraph = modules.metagraph();
  if (metagraph === undefined) return { kind: "nobody" };
  const facts = { scores: modules.scores(), fingerprints: modules.fingerprints(), random };
  const miners = chooseMiners({ metagraph, ownHotkey: keypair.address, count: mostAttempts, ...facts });
  tls?.learn(miners);
  const memory = await openDialectMemory(miners, { store: dialects, nowMs });
  const until = performance.now() + task.limits.timeoutMs;
  let last: { readonly miner: PlannedMiner; readonly outcome: Outcome } | undefined;
  let asked = 0;
  for (const miner of miners) {
    if (asked > 0 && performance.now() >= until) break;
    const outcome = await askMiner(miner, { task, requestJson, signal }, options.ask, { ...modules, memory });
    if (signal.aborted) return { kind: "gone" };
    if (outcome === undefined) continue;
    asked += 1;
    last = { miner, outcome };
    if (options.scored && scoresOrganic(task)) void offer(miner, outcome);
    if (outcome.kind === "answered") break;
  }
  // What was learnt is worth nothing if Redis is away.
  void memory.flush().catch(() => undefined);
  if (last === undefined) return { kind: "nobody" };
  const { miner, outcome } = last;
  if (outcome.kind !== "answered") return { kind: "unanswered", asked, last: outcome.kind };
  return { kind: "answered", miner, latencyMs: outcome.latencyMs, body: outcome.body };

  async function offer({ hotkey }: PlannedMiner, outcome: Outcome): Promise<void> {
    const id = randomBytes(8).toString("hex");
    const pair = { id, taskId: task.id, hotkey, atMs: nowMs(), request: requestJson, outcome };
    try {
      modules.onOffered(await modules.queue.offer(pair));
    } catch (error) {
      modules.onOffered("failed");
      modules.log.debug({ reason: errorMessage(error) }, "an answer to a user was not put aside to be scored");
    }
  }
}

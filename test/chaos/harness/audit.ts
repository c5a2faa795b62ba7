import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import type { ReplayReport } from "@subnetkit/validator/evidence/replay";
import { auditRounds, type RoundsAudit } from "./audit-rounds.ts";
import { auditWeights, type WeightsAudit } from "./audit-weights.ts";
import type { Network } from "./network.ts";

/** Everything that was found out about a network after a scenario. */
export type Audit = {
  readonly rounds: RoundsAudit;
  readonly weights: WeightsAudit;
  /** Rounds that `validator replay` computed again from the evidence, of all logs together. */
  readonly replayed: number;
  /** Sentences about everything that must not be; empty when all is well. */
  readonly problems: readonly string[];
};

/** Looks at Redis, the chain and the evidence. The chain stands still and no round is open; afterwards the validator is stopped. */
export async function audit(network: Network, stuck: readonly number[]): Promise<Audit> {
  const subnet = await loadSubnetDefinition(network.world.subnetFile);
  const rounds = await auditRounds(network, subnet);
  const weights = await auditWeights(network, rounds);
  await Promise.all(network.members.map((member) => member.stop()));
  const { problems, replayed } = replayAll(network, rounds);
  return {
    rounds,
    weights,
    replayed,
    problems: [
      ...stuck.map((round) => `round ${round} is still open`),
      ...rounds.lost.map((round) => `round ${round} is lost`),
      ...rounds.doubled.map((round) => `round ${round} is counted twice`),
      ...rounds.problems,
      ...weights.missed.map((block) => `the tempo that began in block ${block} has no weights`),
      ...(weights.missed.length === 0 ? [] : [troublesLine(network)]),
      ...weights.problems,
      ...problems,
    ],
  };
}

/** When something was broken, for whoever wonders whether a tempo could have had weights. */
function troublesLine({ troubles }: Network): string {
  return `troubled blocks: ${troubles.map(({ what, from, to }) => `${from}-${to} ${what}`).join("; ")}`;
}

/** Runs the project's own `validator replay` over each log. */
function replayAll(network: Network, rounds: RoundsAudit): { replayed: number; problems: string[] } {
  const { world } = network;
  const problems: string[] = [];
  let replayed = 0;
  for (const directory of network.evidence.filter(hasEntries)) {
    const args = ["validator", "replay", "--evidence", directory, "--subnet", world.subnetFile, "--json"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(world.dist, "cli.js"), ...args], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) problems.push(`validator replay ended with ${status}: ${(stdout || stderr).trim().slice(-600)}`);
    if (stdout === "") continue;
    const report = JSON.parse(stdout) as ReplayReport;
    replayed += report.roundsVerified;
    // Several processes that settle each write what they settled: only one log is whole by itself.
    if (network.evidence.length === 1 && report.gaps.length > 0)
      problems.push(`the evidence has gaps: ${JSON.stringify(report.gaps)}`);
  }
  if (network.evidence.length > 0 && replayed < rounds.settled)
    problems.push(`the evidence has ${replayed} of ${rounds.settled} settled rounds`);
  return { replayed, problems };
}

/** A process that never had anything to tell has no log. */
function hasEntries(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).some((name) => name.endsWith(".entries"));
}

import { type Metagraph, neuronOf } from "@subnetkit/chain/client/metagraph";
import type { WeightsSetup } from "@subnetkit/chain/client/weights";
import type { BlockClock, Head } from "@subnetkit/shared/clock/block-clock";
import { type AppError, appError, type ErrorCode } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";

export type StandingInput = {
  readonly hotkey: string;
  readonly metagraph: Metagraph;
  readonly setup: Pick<WeightsSetup, "stakeThresholdRao" | "versionKey">;
  /** What our weights are sent with. */
  readonly versionKey: bigint;
};

/**
 * What keeps this validator from setting weights, by the rules of the chain (spec/subtensor-interface.md 7.1), each with its remedy: told as soon as it can
 * be seen, instead of when weights are due. Pure. The subnet's owner needs neither permit nor stake.
 */
export function standingProblems({ hotkey, metagraph, setup, versionKey }: StandingInput): readonly AppError[] {
  const { netuid, ownerHotkey } = metagraph;
  const own = neuronOf(metagraph, hotkey);
  const problems: AppError[] = [];
  if (setup.versionKey !== 0n && versionKey < setup.versionKey)
    problems.push(appError("E_VALIDATOR_VERSION", { netuid, ours: versionKey, wanted: setup.versionKey }));
  if (own === undefined) return [...problems, appError("E_VALIDATOR_NOT_REGISTERED", { hotkey, netuid })];
  if (ownerHotkey === hotkey) return problems;
  if (own.totalStakeRao < setup.stakeThresholdRao)
    problems.push(
      appError("E_VALIDATOR_STAKE", { hotkey, netuid, rao: own.totalStakeRao, wantedRao: setup.stakeThresholdRao }),
    );
  else if (!own.validatorPermit) problems.push(appError("E_VALIDATOR_PERMIT", { hotkey, netuid }));
  return problems;
}

export type StandingOptions = { readonly hotkey: string; readonly versionKey: bigint; readonly everyBlocks: number };

export type StandingModules = {
  readonly clock: Pick<BlockClock, "everyBlock">;
  readonly metagraph: { current(): Metagraph | undefined };
  readonly setup: (head: Head) => Promise<Pick<WeightsSetup, "stakeThresholdRao" | "versionKey">>;
  readonly log: Logger;
};

/** Keeps an eye on what the chain asks of a validator. */
export interface StandingWatch {
  /** Looks now, whatever the clock says. */
  look(head: Head): Promise<void>;
  /** As of the last look. */
  problems(): readonly AppError[];
}

/**
 * Looks at the start and every so many blocks; says once what is wrong, and once that it no longer is. The first look throws
 * E_VALIDATOR_VERSION: code that the subnet has replaced would ask and score in vain. Everything else can mend while we run.
 */
export function createStandingWatch(
  { hotkey, versionKey, everyBlocks }: StandingOptions,
  { clock, metagraph, setup, log }: StandingModules,
): StandingWatch {
  let problems: readonly AppError[] = [];
  let lookedAt: number | undefined;

  async function look(head: Head): Promise<void> {
    const view = metagraph.current();
    if (view === undefined) return;
    const first = lookedAt === undefined;
    const before = new Set(problems.map(({ code }) => code));
    const found = standingProblems({ hotkey, versionKey, metagraph: view, setup: await setup(head) });
    const outdated = found.find(({ code }) => code === "E_VALIDATOR_VERSION");
    if (first && outdated !== undefined) throw outdated;
    problems = found;
    lookedAt = head.number;
    const now = new Set(found.map(({ code }) => code));
    for (const { code, message, remedy } of found) if (!before.has(code)) log.warn({ code, remedy }, message);
    for (const code of before) if (!now.has(code)) log.info({ code }, mended[code] ?? "a problem is gone");
  }

  clock.everyBlock("standing", async (head) => {
    if (lookedAt === undefined || Math.abs(head.number - lookedAt) >= everyBlocks) await look(head);
  });
  return { look, problems: () => problems };
}

const mended: Partial<Record<ErrorCode, string>> = {
  E_VALIDATOR_NOT_REGISTERED: "the hotkey is registered on the subnet",
  E_VALIDATOR_PERMIT: "the hotkey has a validator permit",
  E_VALIDATOR_STAKE: "the stake is enough to set weights",
  E_VALIDATOR_VERSION: "the subnet takes weights of this version",
};

import type { AppError } from "@subnetkit/shared/errors/app-error";
import type { Health } from "@subnetkit/shared/metrics/server";

/** What the health of a validator follows from. */
export type HealthInput = {
  readonly started: boolean;
  readonly redisUp: boolean;
  readonly redisWarnings: readonly string[];
  /** The chain; all three undefined in a process that needs none. */
  readonly chainConnected: boolean | undefined;
  readonly headAgeMs: number | undefined;
  readonly blockMs: number | undefined;
  readonly registered: boolean | undefined;
  /** What keeps the validator from setting weights, or its clock from being right. */
  readonly problems: readonly Pick<AppError, "code" | "message" | "remedy">[];
  readonly waitingFor: string | undefined;
  readonly info: Readonly<Record<string, unknown>>;
};

/** A head older than this many block times is a stopped chain or a frozen connection. */
const silentBlocks = 40;

/** Rounds go on by themselves once it is. */
const registerIt = "register it with burned_register, or start with the hotkey that is";

/** The health page of a validator. Pure. Not ready means that this process cannot do its part at present. */
export function validatorHealth(input: HealthInput): Health {
  const blockers = [
    input.started ? undefined : "starting",
    input.redisUp ? undefined : "Redis does not take writes",
    input.chainConnected === false ? "no connection to the chain" : undefined,
    input.registered === false ? `the hotkey is not registered on the subnet: ${registerIt}` : undefined,
  ].filter((reason) => reason !== undefined);
  const { headAgeMs = 0, blockMs = 0 } = input;
  const silent = headAgeMs > Math.max(15_000, silentBlocks * blockMs);
  const concerns = [
    ...input.redisWarnings,
    ...(silent ? [`no new block for ${Math.round(headAgeMs / 1_000)} s`] : []),
    // Not being registered is a blocker already.
    ...input.problems
      .filter(({ code }) => code !== "E_VALIDATOR_NOT_REGISTERED")
      .map(({ message, remedy }) => `${message} ${remedy}`),
    ...(input.waitingFor === "a quiet tempo"
      ? ["watching for another process on this hotkey: weights are set after one quiet tempo, or with --take-over"]
      : []),
  ];
  const ready = blockers.length === 0;
  return {
    live: true,
    ready,
    degraded: !ready || concerns.length > 0,
    reasons: [...blockers, ...concerns],
    info: input.info,
  };
}

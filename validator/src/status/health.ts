import type { Health } from "@subnetkit/shared/metrics/server";

/** What the health of a validator follows from. */
export type HealthInput = {
  readonly started: boolean;
  readonly redisUp: boolean;
  readonly redisWarnings: readonly string[];
  readonly chainConnected: boolean;
  readonly headAgeMs: number;
  readonly blockMs: number;
  readonly registered: boolean | undefined;
  readonly waitingFor: string | undefined;
  readonly info: Readonly<Record<string, unknown>>;
};

/** A head older than this many block times is a stopped chain or a frozen connection. */
const silentBlocks = 40;

/** The health page of a validator. Pure. Not ready means that rounds cannot run at present. */
export function validatorHealth(input: HealthInput): Health {
  const blockers = [
    input.started ? undefined : "starting",
    input.redisUp ? undefined : "Redis does not take writes",
    input.chainConnected ? undefined : "no connection to the chain",
    input.registered === false ? "the hotkey is not registered on the subnet" : undefined,
  ].filter((reason) => reason !== undefined);
  const silent = input.headAgeMs > Math.max(15_000, silentBlocks * input.blockMs);
  const concerns = [
    ...input.redisWarnings,
    ...(silent ? [`no new block for ${Math.round(input.headAgeMs / 1_000)} s`] : []),
    ...(input.waitingFor === "validator permit"
      ? ["waiting for a validator permit: weights are set from the epoch after it"]
      : []),
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

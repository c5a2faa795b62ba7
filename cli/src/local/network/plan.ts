import { stripVTControlCharacters } from "node:util";
import type { LocalMiner } from "@subnetkit/shared/subnet/define-subnet";
import { type PortPlan, portPlan } from "../ports.ts";
import { devKey, type KeyUris, minerUris, validatorUris } from "./keys.ts";

/** A validator of the local network. */
export type PlannedValidator = {
  readonly name: string;
  readonly index: number;
  readonly uris: KeyUris;
  /** ss58 */
  readonly hotkey: string;
  readonly stakeTao: number;
  readonly metricsPort: number;
};

/** A miner of the local network. An offline one is registered and announced, and never started. */
export type PlannedMiner = {
  readonly name: string;
  readonly index: number;
  readonly uris: KeyUris;
  /** ss58 */
  readonly hotkey: string;
  readonly variant: string;
  readonly label: string;
  readonly offline: boolean;
  readonly axonPort: number;
  readonly metricsPort: number;
};

/** Who takes part, with which keys, on which ports. */
export type NetworkPlan = {
  readonly ports: PortPlan;
  readonly validators: readonly PlannedValidator[];
  readonly miners: readonly PlannedMiner[];
};

const FIRST_STAKES_TAO = [600, 400];

/** Stake of validator `i` in TAO: different for each, so that stake can be seen to matter. */
export function stakeTao(i: number): number {
  return FIRST_STAKES_TAO[i] ?? Math.max(100, 400 - 40 * (i - 1));
}

/**
 * The plan for a subnet's cast. With more miners than the subnet names, those that are online are repeated in turn; with fewer, the first
 * ones play.
 */
export function planNetwork(options: {
  readonly cast: readonly LocalMiner[];
  readonly portBase: number;
  readonly validators: number;
  readonly miners?: number;
}): NetworkPlan {
  const { cast, portBase, validators } = options;
  const minerCount = options.miners ?? cast.length;
  const ports = portPlan(portBase, validators, minerCount);
  return {
    ports,
    validators: Array.from({ length: validators }, (_, index) => {
      const uris = validatorUris(index);
      return {
        name: `validator-${index}`,
        index,
        uris,
        hotkey: devKey(uris.hotkey).address,
        stakeTao: stakeTao(index),
        metricsPort: ports.validatorMetrics[index]!,
      };
    }),
    miners: Array.from({ length: minerCount }, (_, index) => {
      const uris = minerUris(index);
      const { variant, label, offline = false } = roleOf(cast, index);
      return {
        name: `miner-${index}`,
        index,
        uris,
        hotkey: devKey(uris.hotkey).address,
        variant,
        label: stripVTControlCharacters(label),
        offline,
        axonPort: ports.minerAxons[index]!,
        metricsPort: ports.minerMetrics[index]!,
      };
    }),
  };
}

function roleOf(cast: readonly LocalMiner[], index: number): LocalMiner {
  const named = cast[index];
  if (named !== undefined) return named;
  const online = cast.filter(({ offline }) => offline !== true);
  return online[(index - cast.length) % online.length] ?? { variant: "default", label: "default" };
}

import { appError } from "@subnetkit/shared/errors/app-error";
import { DEFAULT_PORT_BASE, MAX_MINERS, MAX_VALIDATORS } from "./ports.ts";

/** What `local start` was asked for. */
export type LocalOptions = {
  /** A built-in subnet's name, or a path. */
  readonly subnet: string;
  readonly validators: number;
  /** Undefined: as many as the subnet lists. */
  readonly miners: number | undefined;
  readonly portBase: number;
  readonly fresh: boolean;
  /** Stop by itself after so many epochs. */
  readonly epochs: number | undefined;
  readonly json: boolean;
  readonly plain: boolean;
  readonly keys: boolean;
  /** The first process that dies ends the run. */
  readonly failFast: boolean;
  readonly stateDir: string | undefined;
  readonly blockMs: number;
  readonly tempo: number;
};

/** The flags as the parser gives them: text, or true and false. */
export type RawLocalOptions = {
  readonly subnet: string;
  readonly validators: string;
  readonly miners?: string;
  readonly portBase: string;
  readonly fresh?: boolean;
  readonly epochs?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly keys: boolean;
  readonly failFast?: boolean;
  readonly stateDir?: string;
  readonly blockMs: string;
  readonly tempo: string;
};

export const localDefaults = {
  subnet: "digits",
  validators: "2",
  portBase: String(DEFAULT_PORT_BASE),
  blockMs: "250",
  tempo: "20",
} as const;

/** Checks the flags. Throws E_USAGE naming the flag and what it may be. */
export function parseLocalOptions(raw: RawLocalOptions): LocalOptions {
  return {
    subnet: raw.subnet,
    validators: whole("--validators", raw.validators, 1, MAX_VALIDATORS),
    miners: raw.miners === undefined ? undefined : whole("--miners", raw.miners, 1, MAX_MINERS),
    portBase: whole("--port-base", raw.portBase, 1, 65_535),
    fresh: raw.fresh ?? false,
    epochs: raw.epochs === undefined ? undefined : whole("--epochs", raw.epochs, 1, 1_000_000),
    json: raw.json ?? false,
    plain: raw.plain ?? false,
    keys: raw.keys,
    failFast: raw.failFast ?? false,
    stateDir: raw.stateDir,
    blockMs: whole("--block-ms", raw.blockMs, 50, 60_000),
    tempo: whole("--tempo", raw.tempo, 5, 50_400),
  };
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw appError("E_USAGE", {
    problem: `${flag} wants a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
    remedies: ["npm start -- --help"],
  });
}

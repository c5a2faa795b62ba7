import { closeSync, openSync, readSync } from "node:fs";
import { beaconSizes } from "@subnetkit/shared/crypto/beacon";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import { appError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { z } from "zod";
import type { Pulse } from "../../../spec/pallets/drand.ts";

/** Pulses kept in memory: about a week of quicknet. The first read go first. */
const MAX_PULSES = 200_000;
/** Bytes read at a time, and the longest line. */
const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

const hex = (bytes: number): z.ZodType<Uint8Array, string> =>
  z
    .string()
    .regex(new RegExp(`^(0x)?[0-9a-fA-F]{${bytes * 2}}$`))
    .transform((text) => hexToBytes(text.startsWith("0x") ? text : `0x${text}`));

/** A line: the object drand's HTTP API answers with. Other fields are ignored. */
const line = z.object({
  round: z.number().int().min(1),
  signature: hex(beaconSizes.signature),
  randomness: hex(32).optional(),
});

/** Recorded rounds of a beacon, by round. */
export interface RecordedPulses {
  /** The recorded pulse of a round, not verified. */
  get(round: bigint): Pulse | undefined;
  /** Reads what was appended since. Throws E_DRAND_PULSES where a line is no pulse; the lines around it are kept. */
  refresh(): void;
}

/**
 * Opens a file of recorded pulses: JSON lines `{round, signature, randomness}`, hex with or without 0x, in any order. The file may grow
 * while it is used; a last line without its newline counts when the newline comes. Throws E_DRAND_PULSES where it cannot be read.
 */
export function openPulseFile(file: string): RecordedPulses {
  const pulses = new Map<bigint, Pulse>();
  let offset = 0;
  let lines = 0;
  const add = (pulse: Pulse): void => {
    pulses.set(pulse.round, pulse);
    const first = pulses.keys().next().value;
    if (pulses.size > MAX_PULSES && first !== undefined) pulses.delete(first);
  };
  const refresh = (): void => {
    let wrong: number | undefined;
    for (;;) {
      const bytes = readAt(file, offset);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end === 0 && bytes.length === CHUNK_BYTES)
        throw appError("E_DRAND_PULSES", { file, line: lines + 1, problem: `is longer than ${CHUNK_BYTES} bytes` });
      if (end === 0) break;
      offset += end;
      for (const text of bytes.toString("utf8", 0, end - 1).split("\n")) {
        lines += 1;
        if (text.trim() === "") continue;
        const pulse = parsePulse(text);
        if (pulse === undefined) wrong ??= lines;
        else add(pulse);
      }
    }
    if (wrong !== undefined) throw appError("E_DRAND_PULSES", { file, line: wrong, problem: "is no pulse" });
  };
  refresh();
  return { refresh, get: (round) => pulses.get(round) };
}

/** Up to {@link CHUNK_BYTES} of a file. */
function readAt(file: string, offset: number): Buffer {
  try {
    const handle = openSync(file, "r");
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      return buffer.subarray(0, readSync(handle, buffer, 0, CHUNK_BYTES, offset));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw appError("E_DRAND_PULSES", { file, problem: "cannot be read" }, { cause });
  }
}

function parsePulse(text: string): Pulse | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = line.safeParse(data);
  if (!parsed.success) return undefined;
  const { round, signature, randomness } = parsed.data;
  return { round: BigInt(round), signature, randomness: randomness ?? sha256(signature) };
}

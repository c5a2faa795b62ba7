/** Positional parameters of a request. Each reader names what is wrong in a −32602. */
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes, isHex } from "@subnetkit/shared/util/bytes";
import type { StorageKey } from "../storage/keys.ts";
import { rawKey } from "../storage/state.ts";
import { invalidParams } from "./rpc-error.ts";

/** Most entries an array parameter may have. */
const MAX_ENTRIES = 10_000;

/** The parameters of one request. Missing and null are the same. */
export class Params {
  private readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }

  /** True when the parameter is there. */
  has(at: number): boolean {
    return this.values[at] !== undefined && this.values[at] !== null;
  }

  /** The parameter as it is. */
  raw(at: number): unknown {
    return this.values[at] ?? undefined;
  }

  /** Bytes from `0x` hex. The empty string is no bytes. */
  bytes(at: number): Uint8Array {
    const value = this.values[at];
    if (typeof value !== "string" || !isHex(value)) throw invalidParams(`parameter ${at + 1} must be hex`);
    return hexToBytes(value);
  }

  /** A 32-byte hash; undefined where absent. */
  optionalHash(at: number): string | undefined {
    if (!this.has(at)) return undefined;
    const value = this.values[at];
    if (typeof value !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(value))
      throw invalidParams(`parameter ${at + 1} must be a block hash`);
    return value.toLowerCase();
  }

  /** A 32-byte hash. */
  hash(at: number): string {
    const hash = this.optionalHash(at);
    if (hash === undefined) throw invalidParams(`parameter ${at + 1} must be a block hash`);
    return hash;
  }

  /** An account by SS58 address or public key, as `0x` hex of the key. */
  account(at: number): string {
    const text = this.text(at);
    if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
    try {
      return bytesToHex(decodeAddress(text));
    } catch (cause) {
      if (isAppError(cause)) throw invalidParams(`parameter ${at + 1} must be an account address`);
      throw cause;
    }
  }

  /** A storage key or prefix. */
  key(at: number): StorageKey {
    this.bytes(at);
    return rawKey(this.values[at] as string);
  }

  /** A storage key; undefined where absent or null. */
  optionalKey(at: number): StorageKey | undefined {
    return this.has(at) ? this.key(at) : undefined;
  }

  /** A list of storage keys. */
  keys(at: number): StorageKey[] {
    const value = this.values[at];
    if (!Array.isArray(value) || value.length > MAX_ENTRIES)
      throw invalidParams(`parameter ${at + 1} must be a list of at most ${MAX_ENTRIES} keys`);
    return value.map((one: unknown) => {
      if (typeof one !== "string" || !isHex(one)) throw invalidParams(`parameter ${at + 1} must hold hex keys`);
      return rawKey(one);
    });
  }

  /** Text. */
  text(at: number): string {
    const value = this.values[at];
    if (typeof value !== "string") throw invalidParams(`parameter ${at + 1} must be text`);
    return value;
  }

  /** A whole number from `min` to `max`. */
  integer(at: number, min: number, max: number): number {
    return wholeNumber(this.values[at], min, max, `parameter ${at + 1}`);
  }

  /** Fields of an object parameter; an absent one has none. */
  object(at: number): Readonly<Record<string, unknown>> {
    const value = this.values[at] ?? {};
    if (typeof value !== "object" || Array.isArray(value)) throw invalidParams(`parameter ${at + 1} must be an object`);
    return value as Record<string, unknown>;
  }
}

/** A whole number, or a −32602 that names it. */
export function wholeNumber(value: unknown, min: number, max: number, name: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    throw invalidParams(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}

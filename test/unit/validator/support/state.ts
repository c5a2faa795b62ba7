import { Redis } from "ioredis";
import { stateKeys, type StateKeys } from "../../../../validator/src/store/keys.ts";

let counter = 0;

/** A prefix no other test uses. */
export function freshPrefix(): string {
  counter += 1;
  return `{val:test-${process.pid}-${counter}}`;
}

/** The keys of a fresh, empty state for netuid 2. */
export function freshKeys(): StateKeys {
  return stateKeys(freshPrefix(), 2);
}

/** A client of a test's own. */
export function client(port: number): Redis {
  return new Redis({ port, host: "127.0.0.1", commandTimeout: 2_000, maxRetriesPerRequest: 3 });
}

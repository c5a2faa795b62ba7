import { delay } from "@subnetkit/shared/util/delay";

/** Polls until `probe` gives something other than undefined or false; fails after `timeoutMs`, naming what it waited for. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 10_000,
): Promise<T> {
  for (const deadline = performance.now() + timeoutMs; ; await delay(20)) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
  }
}

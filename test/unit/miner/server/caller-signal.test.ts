import { getEventListeners, setMaxListeners } from "node:events";
import { Socket } from "node:net";
import { CallerSignal } from "@subnetkit/miner/server/caller-signal";
import { describe, expect, test } from "vitest";

function setup() {
  const socket = new Socket();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, stop, closed, make: () => new CallerSignal(socket, stop.signal) };
}

describe("CallerSignal", () => {
  test("fires for every request of a connection that closes, those that wait behind another too", async () => {
    const { socket, closed, make } = setup();
    const heard: number[] = [];
    const signals = Array.from({ length: 20 }, (_, i) => {
      const signal = make();
      signal.addEventListener("abort", () => heard.push(i));
      return signal;
    });
    expect(signals.some(({ aborted }) => aborted)).toBe(false);
    // One of our listeners, however many requests.
    expect(socket.listenerCount("close")).toBe(2);
    socket.destroy();
    await closed;
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(heard).toHaveLength(20);
  });

  test("fires when the miner stops", () => {
    const { stop, make } = setup();
    const signal = make();
    let heard = 0;
    signal.addEventListener("abort", () => heard++);
    stop.abort();
    expect([signal.aborted, heard]).toEqual([true, 1]);
  });

  test("leaves nothing behind once nobody listens, and nothing at all before", async () => {
    const { socket, stop, closed, make } = setup();
    let heard = 0;
    const onAbort = (): number => heard++;
    for (let i = 0; i < 1_000; i++) {
      const signal = make();
      expect(signal.aborted).toBe(false);
      signal.addEventListener("abort", onAbort);
      signal.removeEventListener("abort", onAbort);
    }
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    socket.destroy();
    await closed;
    stop.abort();
    expect(heard).toBe(0);
  });
});

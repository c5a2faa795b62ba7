import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { appError } from "@subnetkit/shared/errors/app-error";
import { createEventSink } from "@subnetkit/shared/lifecycle/events";
import { createLifecycle, type ProcessLike } from "@subnetkit/shared/lifecycle/lifecycle";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterEach, describe, expect, it, vi } from "vitest";

const log = createLogger({ name: "test", level: "silent" });

function host() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const fake = Object.assign(emitter, { stdin: new PassThrough(), exit: (code: number) => void exits.push(code) });
  return { exits, emitter, process: fake as unknown as ProcessLike };
}

afterEach(() => void vi.useRealTimers());

describe("createLifecycle", () => {
  it("shuts down once, however often it is asked, with the first reason and code", async () => {
    const { process, exits } = host();
    const lifecycle = createLifecycle({ name: "x", log, process, lifeline: false });
    const close = vi.fn();
    lifecycle.onClose("a", close);
    await Promise.all([lifecycle.shutdown("first", 3), lifecycle.shutdown("second", 4)]);
    await lifecycle.shutdown("third");
    expect(close).toHaveBeenCalledTimes(1);
    expect(exits).toEqual([3]);
    await expect(lifecycle.done).resolves.toBe(3);
    expect(lifecycle.signal.reason).toEqual(new Error("first"));
  });

  it("closes what is opened while it is closing", async () => {
    const { process } = host();
    const lifecycle = createLifecycle({ name: "x", log, process, lifeline: false });
    const late = vi.fn();
    lifecycle.onClose("opener", () => lifecycle.onClose("late", late));
    await lifecycle.shutdown("x");
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("fails with the exit code of one of our errors, and with 70 for any other", async () => {
    const [ours, other] = [host(), host()];
    await createLifecycle({ name: "x", log, process: ours.process, lifeline: false }).fail(appError("E_PORT_BUSY"));
    await createLifecycle({ name: "x", log, process: other.process, lifeline: false }).fail(new TypeError("x"));
    expect([ours.exits, other.exits]).toEqual([[3], [70]]);
  });

  it("takes no offence at work that was aborted by the shutdown itself, but does at a crash in the middle of it", async () => {
    const [quiet, crashing] = [host(), host()];
    const lifecycle = createLifecycle({ name: "x", log, process: quiet.process, lifeline: false });
    lifecycle.signal.addEventListener("abort", () => {
      quiet.emitter.emit("unhandledRejection", appError("E_ABORTED"));
      void lifecycle.fail(new DOMException("x", "AbortError"));
    });
    await lifecycle.shutdown("x");
    const other = createLifecycle({ name: "x", log, process: crashing.process, lifeline: false });
    other.onClose("a", () => void crashing.emitter.emit("unhandledRejection", new TypeError("x")));
    await other.shutdown("x");
    expect([quiet.exits, crashing.exits]).toEqual([[0], [70]]);
  });

  it("takes a Ctrl-C that npm repeats as one, and a later one as the second", async () => {
    vi.useFakeTimers();
    const { process, emitter, exits } = host();
    const lifecycle = createLifecycle({ name: "x", log, process, lifeline: false });
    lifecycle.onClose("slow", () => new Promise(() => undefined));
    emitter.emit("SIGINT", "SIGINT");
    emitter.emit("SIGINT", "SIGINT");
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(1_000);
    emitter.emit("SIGINT", "SIGINT");
    expect(exits).toEqual([130]);
  });

  it("takes a signal after the end of stdin as the first: supervisors do both", async () => {
    const { process, emitter, exits } = host();
    const lifecycle = createLifecycle({ name: "x", log, process, lifeline: true });
    process.stdin.emit("end");
    emitter.emit("SIGTERM", "SIGTERM");
    await lifecycle.done;
    expect(exits).toEqual([0]);
  });

  it("leaves no listener behind", async () => {
    const { process, emitter } = host();
    const lifecycle = createLifecycle({ name: "x", log, process, lifeline: true });
    const before = emitter.eventNames().length;
    await lifecycle.shutdown("x");
    expect([before, emitter.eventNames().length]).toEqual([5, 0]);
    expect(process.stdin.listenerCount("end")).toBe(0);
  });
});

describe("createEventSink", () => {
  it("is silent without a supervisor, and with a descriptor that is not open", () => {
    expect(() => createEventSink(undefined).emit({ type: "warning" })).not.toThrow();
    expect(() => createEventSink(9_871).emit({ type: "warning" })).not.toThrow();
  });
});

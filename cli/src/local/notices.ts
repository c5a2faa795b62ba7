import type { EventBus } from "./event-bus.ts";
import { type EventFields, isEventType } from "./events.ts";
import { type LocalPaths, shortPath } from "./paths.ts";
import type { ChildEvent } from "./supervisor/child.ts";
import type { ProcessNotice, Supervised } from "./supervisor/supervised.ts";

/** Event types a child may send under its own name; everything else it says is dropped. */
const CHILD_EVENTS = new Set([
  "round.finished",
  "weights.submitted",
  "weights.finalized",
  "weights.revealed",
  "weights.failed",
  "weights.contested",
  "warning",
]);

/** Puts what the supervisor and the children report on the bus. */
export function reportNotice(bus: EventBus, paths: LocalPaths, process: Supervised, notice: ProcessNotice): void {
  const { name } = process.spec;
  const log = shortPath(paths, process.logFile);
  switch (notice.kind) {
    case "started":
      bus.emit("process.started", { process: name, pid: notice.pid });
      return;
    case "ready":
      bus.emit("process.ready", { process: name, ms: notice.ms });
      return;
    case "exited": {
      const { code, signal } = notice.exit;
      bus.emit("process.exited", { process: name, pid: notice.pid, code, signal, lastError: notice.lastError, log });
      return;
    }
    case "restarting":
      bus.emit("process.restarting", {
        process: name,
        attempt: notice.attempt,
        of: notice.of,
        delayMs: notice.delayMs,
      });
      return;
    case "gaveUp":
      bus.emit("process.gaveUp", { process: name, attempts: notice.attempts, refused: notice.refused, log });
      return;
    case "event":
      reportChildEvent(bus, name, log, notice.event);
  }
}

function reportChildEvent(bus: EventBus, process: string, log: string, event: ChildEvent): void {
  const { type, ...fields } = event;
  if (type === "error") {
    const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
    const code = text("code") === "" ? "E_INTERNAL" : text("code");
    const body = {
      code,
      message: text("message"),
      cause: text("cause"),
      remedy: text("remedy"),
      docs: `docs/reference/errors.md#${code.toLowerCase()}`,
      log,
    };
    bus.emit("error", { process, error: body });
    return;
  }
  if (!CHILD_EVENTS.has(type) || !isEventType(type)) return;
  const said =
    type === "warning" && typeof fields["message"] !== "string" ? { message: String(fields["reason"] ?? "") } : {};
  bus.emit(type, { ...fields, ...said, process } as unknown as EventFields<typeof type>);
}

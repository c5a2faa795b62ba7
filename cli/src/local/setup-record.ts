import { z } from "zod";
import type { EventBus } from "./event-bus.ts";

const step = z.object({
  name: z.string(),
  state: z.enum(["ok", "failed", "skipped"]),
  detail: z.string(),
  note: z.string(),
  startedAt: z.number(),
  ms: z.number(),
});

const handedOver = z.object({ startedAt: z.number(), steps: z.array(step) });

/** What the bootstrap did before this process took over: when it began (ms since 1970), and its steps. */
export type SetupRecord = {
  readonly startedAt: number;
  readonly steps: readonly z.infer<typeof step>[];
  readonly fromBootstrap: boolean;
  /** Packages were installed just now. */
  readonly firstRun: boolean;
};

/** Reads the record of the bootstrap; without one the run began with this process. */
export function readSetup(text: string | undefined): SetupRecord {
  const none = {
    startedAt: Date.now() - Math.round(process.uptime() * 1000),
    steps: [],
    fromBootstrap: false,
    firstRun: false,
  };
  if (text === undefined) return none;
  try {
    const { startedAt, steps } = handedOver.parse(JSON.parse(text));
    return { startedAt, steps, fromBootstrap: true, firstRun: steps.some(({ name }) => name === "packages") };
  } catch {
    return none;
  }
}

/** Says the bootstrap's steps once more, as events, with the times they had. */
export function reportSetup(bus: EventBus, setup: SetupRecord): void {
  for (const { name, detail, note, startedAt, ms } of setup.steps) {
    bus.emit("step.started", { step: name }, new Date(startedAt));
    bus.emit("step.finished", { step: name, detail, note, ms }, new Date(startedAt + ms));
  }
}

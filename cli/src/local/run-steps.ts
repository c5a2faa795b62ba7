import type { Steps } from "../../../scripts/lib/steps.mjs";
import { errorData } from "../system/report-error.ts";
import type { EventBus } from "./event-bus.ts";

/** What a step says about itself while it runs and when it is done. */
export type StepReport = {
  progress(detail: string): void;
  /** A word for the last column: `first run only`, `kept`. */
  note(text: string): void;
};

/** Runs one step of set-up: shown while it runs, with its time when it is done; the text it returns is the detail of its line. */
export type RunStep = (name: string, work: (step: StepReport) => Promise<string>) => Promise<void>;

/** Makes the runner that reports to the screen and to the bus alike. A failing step is reported and its error goes on. */
export function createRunStep(steps: Steps, bus: EventBus): RunStep {
  return async (name, work) => {
    const startedAt = Date.now();
    const handle = steps.begin(name);
    let note = "";
    bus.emit("step.started", { step: name });
    try {
      const detail = await work({
        progress(text) {
          handle.progress(text);
          bus.emit("step.progress", { step: name, detail: text });
        },
        note(text) {
          note = text;
        },
      });
      handle.done(detail, note);
      bus.emit("step.finished", { step: name, detail, note, ms: Date.now() - startedAt });
    } catch (error) {
      const data = errorData(error);
      const short = error instanceof Error && "data" in error ? (error.data as { short?: unknown }).short : undefined;
      handle.failed(typeof short === "string" ? short : data.message);
      bus.emit("step.failed", { step: name, ms: Date.now() - startedAt, error: data });
      throw error;
    }
  };
}

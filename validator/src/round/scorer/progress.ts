import { callText, type ScorerCall, scorerCallSchema } from "./scorer-call.ts";

/** Bytes for the number of the call, the length of its text, and the text; a hotkey and a task's id take some 120. */
const headBytes = 8;
const textBytes = 1_024;

/** Where a scoring thread is, for whoever cannot ask it any more. */
export type Progress = {
  /** Calls begun so far. */
  readonly step: number;
  /** The call it is in. */
  readonly call: ScorerCall | undefined;
};

/** Memory that a thread writes its progress to. */
export function createProgress(): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + textBytes);
}

/** The thread's side: tells of the call that is made next. Costs well below a microsecond of the caller's. */
export function progressWriter(shared: SharedArrayBuffer): (call: ScorerCall) => void {
  const head = new Int32Array(shared, 0, 2);
  const text = Buffer.from(shared, headBytes);
  return (call) => {
    Atomics.store(head, 1, text.write(callText(call), "utf8"));
    Atomics.add(head, 0, 1);
  };
}

/** The watcher's side. `call` is to be trusted only while the thread makes no steps. */
export function progressReader(shared: SharedArrayBuffer): { step(): number; read(): Progress } {
  const head = new Int32Array(shared, 0, 2);
  const step = (): number => Atomics.load(head, 0);
  return {
    step,
    read() {
      const text = Buffer.from(shared, headBytes, Atomics.load(head, 1)).toString("utf8");
      return { step: step(), call: parse(text) };
    },
  };
}

/** Undefined before the first call, and for a text that was too long for its place. */
function parse(text: string): ScorerCall | undefined {
  try {
    return scorerCallSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

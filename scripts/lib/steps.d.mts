/** What a set-up step became. */
export type StepState = "ok" | "failed" | "skipped";
/** A finished step, as it is handed on. `startedAt` and `ms` are milliseconds. */
export type FinishedStep = {
  name: string;
  state: StepState;
  detail: string;
  note: string;
  startedAt: number;
  ms: number;
};
/** The handle of a running step. Exactly one of done, failed, skipped and drop ends it. */
export type StepHandle = {
  progress(detail: string): void;
  done(detail?: string, note?: string): void;
  failed(detail?: string): void;
  skipped(detail?: string): void;
  drop(): void;
};
export type Steps = {
  readonly draws: boolean;
  readonly finished: FinishedStep[];
  begin(name: string, detail?: string): StepHandle;
  say(text: string): void;
};
export type StepFlags = { readonly plain?: boolean; readonly json?: boolean };
export type StepStream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
export function createSteps(options?: { stream?: StepStream; flags?: StepFlags; quiet?: boolean }): Steps;
export function clock(date?: Date): string;
export function mayDraw(stream: { readonly isTTY?: boolean }, flags: StepFlags): boolean;
export function seconds(ms: number): string;
export function stepLine(state: StepState | "running", name: string, detail: string, note: string, ms?: number): string;

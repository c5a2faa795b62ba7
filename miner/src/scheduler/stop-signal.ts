/** Tells work that nobody wants it any more: as much of an AbortSignal as scheduler and solvers need, so that less can stand in for one. */
export type StopSignal = {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
};

/**
 * The log of requests: which methods were called, equal ones folded, one line per block and, where no blocks come, per second. Only names of methods that
 * exist are logged, nothing that a client sent.
 */
import type { Logger } from "@subnetkit/shared/log/logger";

/** Silence after which calls are logged without a block. */
const FLUSH_MS = 1_000;
/** A filter: method names with `*` for any rest, several with commas. */
export const RPC_FILTER = /^[\w*]{1,64}(,[\w*]{1,64}){0,15}$/;

/** Collects and logs. */
export class RpcLog {
  private readonly log: Logger;
  private readonly calls = new Map<string, number>();
  private pattern: RegExp | undefined;
  private timer: NodeJS.Timeout | undefined;
  private block = 0;

  constructor(log: Logger) {
    this.log = log;
  }

  /** Logs calls that fit a {@link RPC_FILTER}; none with undefined. */
  configure(filter: string | undefined): void {
    this.flush();
    this.pattern =
      filter === undefined ? undefined : new RegExp(`^(${filter.replaceAll("*", ".*").replaceAll(",", "|")})$`);
  }

  /** Counts a call. */
  note(method: string): void {
    if (this.pattern === undefined || !this.pattern.test(method)) return;
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Logs what was called since the block before. */
  endBlock(number: number): void {
    this.flush();
    this.block = number;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.calls.size === 0) return;
    const calls = [...this.calls].map(([method, times]) => (times === 1 ? method : `${method} x${times}`));
    this.calls.clear();
    this.log.info({ block: this.block, calls: calls.join(", ") }, "rpc");
  }
}

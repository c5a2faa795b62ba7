/** What the process that meets an error does about it: drop the message, refuse the peer, ban the peer, try again, or stop. */
export type Consequence = "drop" | "refuse" | "ban" | "retry" | "stop";

/** The fields an error carries. Never a secret, never a whole message from a peer. */
export type ErrorData = Record<string, unknown>;

/**
 * One entry of the registry.
 *
 * `meaning` is one sentence for the reference page; `message` and `remedy` are made from the data of one occurrence and must not throw
 * when a field is missing. `exitCode` is what a command exits with: 1 failed (the default), 2 usage, 3 precondition, 4 the chain
 * refused, 5 unreachable or timed out, 70 a bug of ours.
 */
export type ErrorSpec = {
  readonly consequence: Consequence;
  readonly exitCode?: 1 | 2 | 3 | 4 | 5 | 70;
  readonly meaning?: string;
  readonly message: (data: ErrorData) => string;
  readonly remedy: (data: ErrorData) => string;
};

/** A table of error codes of one area. Written `export const xErrors = { ... } satisfies ErrorTable`. */
export type ErrorTable = Readonly<Record<`E_${string}`, ErrorSpec>>;

import type { Refusal } from "../admission/refusal.ts";

/** A refusal as SDK 10 words it: `message` where its dendrite looks for it. */
export type AxonRefusal = Refusal & { readonly message: string };

/**
 * Statuses that mean something else to a dendrite (spec/wire-protocols.md 1.1): there a time-out is 408, whoever noticed it, and 422 says that an
 * answer could not be parsed, where a request that does not fit is 400.
 */
const statuses: Readonly<Record<number, number>> = { 422: 400, 504: 408 };

const worded = new WeakMap<Refusal, AxonRefusal>();

/** The refusal for callers of SDK 10, made once for each. */
export function axonRefusal(refusal: Refusal): AxonRefusal {
  const known = worded.get(refusal);
  if (known !== undefined) return known;
  const { error } = JSON.parse(refusal.body) as { readonly error: { readonly message: string } };
  const { message } = error;
  const made = {
    ...refusal,
    status: statuses[refusal.status] ?? refusal.status,
    message,
    body: JSON.stringify({ message, error }),
  };
  worded.set(refusal, made);
  return made;
}

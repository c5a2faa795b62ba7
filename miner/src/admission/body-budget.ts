/** How much unverified data is held at most. */
export type BodyBudgetOptions = {
  /** Bytes of all bodies that nobody has vouched for yet. */
  readonly maxBytes: number;
  /** Longest body that is read; what a body without an announced length is counted as. */
  readonly maxBodyBytes: number;
};

/** What a body is reserved for. */
export type BodyReservation = {
  /** As the headers announce it; undefined for a body that comes in chunks. */
  readonly contentLength: number | undefined;
  /** Where it comes from, as `networkOf` names it. */
  readonly network: string;
  /** Whether whoever is named has spoken from there before, so that forgers cannot use up what he needs. */
  readonly known: boolean;
  /** Who is named: the bodies of one who has spoken before count together, wherever they come from. */
  readonly caller?: string;
};

/** Bounds the bytes of bodies, over all connections, that are on their way and whose signature is not checked yet. */
export type BodyBudget = {
  /** Reserves room for a body: undefined when there is none, else the function that gives it back, to be called at least once. */
  reserve(body: BodyReservation): (() => void) | undefined;
  /** Bytes reserved now. */
  held(): number;
};

/** A request counts as at least so much, whatever its body: its headers and objects are held too, and each waits for a curve operation. */
const leastBytes = 4_096;

/** The part that those who have not proven themselves may use together; and that any one network of them may, and any one caller that has. */
const strangersPart = 1 / 2;
const onePart = 1 / 4;

/**
 * Hotkeys are public, so anybody can announce a long body in a validator's name and send it as slowly as the time-outs allow. Strangers share one half
 * and no network of them gets more than a quarter: the other half stays for callers that have proven themselves from where they are. None of these gets more
 * than a quarter either, or one of them, and whoever else is at its address, could shut out all others with a hundred slow bodies. Since every request counts
 * as 4 KB at least, this bounds the curve operations that are still to come as well.
 */
export function createBodyBudget({ maxBytes, maxBodyBytes }: BodyBudgetOptions): BodyBudget {
  // However small the budget, one longest body must fit into each part, or it could never be sent.
  const roomFor = (part: number): number => Math.max(maxBytes * part, maxBodyBytes, leastBytes);
  const heldBy = new Map<string, number>();
  let held = 0;
  let strangers = 0;

  const change = (who: string, known: boolean, bytes: number): void => {
    held += bytes;
    if (!known) strangers += bytes;
    const of = (heldBy.get(who) ?? 0) + bytes;
    if (of > 0) heldBy.set(who, of);
    else heldBy.delete(who);
  };

  return {
    held: () => held,
    reserve: ({ contentLength = maxBodyBytes, network, known, caller = network }) => {
      const bytes = Math.max(contentLength, leastBytes);
      const who = known ? `known ${caller}` : network;
      if (held + bytes > roomFor(1)) return undefined;
      if (!known && strangers + bytes > roomFor(strangersPart)) return undefined;
      if ((heldBy.get(who) ?? 0) + bytes > roomFor(onePart)) return undefined;
      change(who, known, bytes);
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        change(who, known, -bytes);
      };
    },
  };
}

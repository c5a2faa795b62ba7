/** A piece of waiting work, in the order of its tag. */
export type Waiting<T> = {
  readonly item: T;
  readonly flow: string;
  /** Falls to that of an earlier piece of its caller that is taken out. */
  readonly tag: number;
  /** What its caller's tags went up to before it. */
  readonly start: number;
};

type Slot<T> = { -readonly [K in keyof Waiting<T>]: Waiting<T>[K] };

/** Work of several callers in weighted fair order. */
export type FairQueue<T> = {
  /** The tag that work of this flow would get now; asking changes nothing. */
  tagFor(flow: string, weight: number): number;
  /** How many waiting pieces go before this tag. */
  before(tag: number): number;
  push(item: T, flow: string, tag: number): Waiting<T>;
  /** The first piece that may start; undefined when there is none. */
  first(mayStart: (item: T) => boolean): Waiting<T> | undefined;
  /** Takes out what starts. */
  take(waiting: Waiting<T>): void;
  /** The piece that would start last. */
  last(): Waiting<T> | undefined;
  /** The piece that so many go before. */
  at(position: number): T | undefined;
  /** Takes out what will not be done; its caller owes nothing for it, and what else of his waits moves up. */
  remove(waiting: Waiting<T>): void;
  /** Work of this flow found no room: what it asks for next goes before all that others ask for from now on. */
  refused(flow: string): void;
  /** Work that starts without waiting also uses up its caller's share. */
  charge(flow: string, weight: number): void;
  size(): number;
  items(): readonly T[];
};

/**
 * Self-clocked fair queueing: each piece gets a finish tag, one unit of work divided by its caller's weight after the caller's previous one, and
 * the smallest tag starts first. A caller that asks little is served at once whatever others ask; callers that ask more than the miner can do share
 * it in proportion to their weights; nobody waits for ever. Nor is anybody refused for ever: the line is bounded, and whoever has many times the weight could
 * keep it full with tags below all that a light caller can get, so a caller that is refused is remembered by the time of the first refusal and gets its next
 * tag as from then. That is worth one piece, however often it was refused. One sorted array: with 64 waiting an insertion is well below a microsecond.
 */
export function createFairQueue<T>(): FairQueue<T> {
  const queue: Slot<T>[] = [];
  const finishOf = new Map<string, number>();
  const refusedAt = new Map<string, number>();
  let clock = 0;

  const startOf = (flow: string): number => Math.max(refusedAt.get(flow) ?? clock, finishOf.get(flow) ?? 0);

  const tagFor = (flow: string, weight: number): number => startOf(flow) + 1 / weight;

  /** First position whose tag is above `tag`: equal tags keep their order of arrival. */
  const positionOf = (tag: number): number => {
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (queue[middle]!.tag <= tag) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const advance = (tag: number): void => {
    clock = Math.max(clock, tag);
    if (queue.length > 0) return;
    // Nobody competes any more, so nobody owes anything: numbers stay small and the map empty.
    clock = 0;
    finishOf.clear();
    refusedAt.clear();
  };

  return {
    tagFor,
    before: positionOf,
    push: (item, flow, tag) => {
      const waiting = { item, flow, tag, start: startOf(flow) };
      queue.splice(positionOf(tag), 0, waiting);
      finishOf.set(flow, tag);
      refusedAt.delete(flow);
      return waiting;
    },
    first: (mayStart) => queue.find(({ item }) => mayStart(item)),
    take: (waiting) => {
      queue.splice(queue.indexOf(waiting), 1);
      advance(waiting.tag);
    },
    last: () => queue.at(-1),
    at: (position) => queue[position]?.item,
    remove: (waiting) => {
      const { flow } = waiting;
      let { tag, start } = waiting;
      let free = queue.indexOf(waiting);
      if (free < 0) return;
      for (let i = free + 1; i < queue.length; i++) {
        const later = queue[i]!;
        if (later.flow !== flow) continue;
        [later.tag, later.start, tag, start] = [tag, start, later.tag, later.start];
        queue[free] = later;
        free = i;
      }
      queue.splice(free, 1);
      // What started without waiting after its newest piece is owed all the same.
      const owed = (finishOf.get(flow) ?? tag) - (tag - start);
      finishOf.set(flow, owed);
      refusedAt.set(flow, owed);
      advance(clock);
    },
    refused: (flow) => {
      if (queue.length > 0 && !refusedAt.has(flow)) refusedAt.set(flow, clock);
    },
    charge: (flow, weight) => {
      if (queue.length === 0) return;
      finishOf.set(flow, tagFor(flow, weight));
      refusedAt.delete(flow);
    },
    size: () => queue.length,
    items: () => queue.map(({ item }) => item),
  };
}

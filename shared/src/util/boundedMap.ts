/** A map that forgets its oldest entry once it holds `maxEntries`: for memoised results whose keys a peer can choose. */
export type BoundedMap<K, V> = {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  keys(): Iterable<K>;
  readonly size: number;
};

/** Makes an empty {@link BoundedMap}. O(1) per operation; order is that of insertion. `onForgotten` is told of every entry that had to make room. */
export function createBoundedMap<K, V>(maxEntries: number, onForgotten?: (key: K, value: V) => void): BoundedMap<K, V> {
  const entries = new Map<K, V>();
  // One iterator for all: a new one would walk over everything deleted at the front, each time.
  let order = entries.keys();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      if (entries.size >= maxEntries && !entries.has(key)) {
        let oldest = order.next();
        if (oldest.done === true) {
          order = entries.keys();
          oldest = order.next();
        }
        const key = oldest.value as K;
        const forgotten = entries.get(key) as V;
        entries.delete(key);
        onForgotten?.(key, forgotten);
      }
      entries.set(key, value);
    },
    keys: () => entries.keys(),
    get size() {
      return entries.size;
    },
  };
}

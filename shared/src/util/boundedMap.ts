/** A map that forgets its oldest entry once it holds `maxEntries`: for memoised results whose keys a peer can choose. */
export type BoundedMap<K, V> = { get(key: K): V | undefined; set(key: K, value: V): void; readonly size: number };

/** Makes an empty {@link BoundedMap}. O(1) per operation; order is that of insertion. */
export function createBoundedMap<K, V>(maxEntries: number): BoundedMap<K, V> {
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
        entries.delete(oldest.value as K);
      }
      entries.set(key, value);
    },
    get size() {
      return entries.size;
    },
  };
}

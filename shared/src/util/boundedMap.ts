/** A map that forgets its oldest entry once it holds `maxEntries`: for memoised results whose keys a peer can choose. */
export type BoundedMap<K, V> = { get(key: K): V | undefined; set(key: K, value: V): void; readonly size: number };

/** Makes an empty {@link BoundedMap}. O(1) per operation; order is that of insertion. */
export function createBoundedMap<K, V>(maxEntries: number): BoundedMap<K, V> {
  const entries = new Map<K, V>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      if (entries.size >= maxEntries && !entries.has(key)) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(key, value);
    },
    get size() {
      return entries.size;
    },
  };
}

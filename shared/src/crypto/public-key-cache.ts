import { createBoundedMap } from "../util/boundedMap.ts";

/** Distinct public keys remembered per scheme: more than a subnet's 256 neurons, little enough to be nothing. */
const maxKeys = 4_096;

/** Memoises what is computed once per 32-byte public key (its validity, its KeyObject). */
export function cachedByPublicKey<V>(compute: (publicKey: Uint8Array) => V): (publicKey: Uint8Array) => V {
  const cache = createBoundedMap<string, { readonly value: V }>(maxKeys);
  return (publicKey) => {
    const key = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString("latin1");
    const known = cache.get(key);
    if (known !== undefined) return known.value;
    const value = compute(publicKey);
    cache.set(key, { value });
    return value;
  };
}

import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import { axonCalls } from "./axon.ts";
import { btauthCalls } from "./btauth.ts";
import type { ClientDialect } from "./client-dialect.ts";
import { epistulaCalls } from "./epistula.ts";

/** Every dialect a validator speaks. */
const clientDialects: Readonly<Record<DialectName, ClientDialect>> = {
  btauth: btauthCalls,
  axon: axonCalls,
  epistula: epistulaCalls,
};

/** The dialects to try with a miner, in this order: the one it is known for first, then the others of `spoken`. */
export function dialectsFor(spoken: readonly DialectName[], known: DialectName | undefined): readonly ClientDialect[] {
  const first = known !== undefined && spoken.includes(known) ? [known] : [];
  return [...first, ...spoken.filter((name) => !first.includes(name))].map((name) => clientDialects[name]);
}

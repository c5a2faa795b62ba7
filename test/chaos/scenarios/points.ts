import type { Network } from "../harness/network.ts";
import { type Passing, passes } from "../harness/tap.ts";

/** A moment of a validator's work at which to die, told by what passes between it and Redis or the chain. */
export type Point = {
  readonly what: string;
  /** Who is about it. */
  readonly role: "plan" | "query" | "score" | "weights";
  readonly at: "redis" | "chain";
  readonly passing: Passing;
};

/** Neighbours among the keys of a script, as Redis is sent them. */
const keysOf = (one: string, next: string): RegExp =>
  new RegExp(String.raw`:s:\d+:${one}\r\n\$\d+\r\n[^\r]*:s:\d+:${next}`);

/** Where a crash could lose something or do it twice. */
export const points: readonly Point[] = [
  { what: "a plan is pinned", role: "plan", at: "redis", passing: { way: "there", text: keysOf("open", "plan") } },
  { what: "answers are kept", role: "query", at: "redis", passing: { way: "there", text: keysOf("last", "replies") } },
  { what: "a round is settled", role: "score", at: "redis", passing: { way: "there", text: keysOf("ema", "seen") } },
  { what: "weights are intended", role: "weights", at: "redis", passing: { way: "there", text: /"state":"intent"/ } },
  { what: "weights are signed", role: "weights", at: "redis", passing: { way: "there", text: /"state":"submitted"/ } },
  {
    what: "weights are in the pool",
    role: "weights",
    at: "chain",
    passing: { way: "back", text: /author_extrinsicUpdate[\s\S]*"ready"/ },
  },
  {
    what: "weights are in a block",
    role: "weights",
    at: "chain",
    passing: { way: "back", text: /author_extrinsicUpdate[\s\S]*"inBlock"/ },
  },
];

/** The point of a name. */
export function pointNamed(what: string): Point {
  const found = points.find((point) => point.what === what);
  if (found === undefined) throw new Error(`no point "${what}"`);
  return found;
}

/** Does something at such a moment, before what passes has arrived; `drop`: it never does. False when the moment did not come in time. */
export async function atPoint(
  { redisTap, chainTap }: Network,
  { at, passing }: Point,
  act: () => void,
  { drop = false, withinMs = 30_000 }: { drop?: boolean; withinMs?: number } = {},
): Promise<boolean> {
  return await passes(at === "redis" ? redisTap : chainTap, passing, { act, drop, withinMs });
}

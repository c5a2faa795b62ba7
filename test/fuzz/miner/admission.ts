import { createRandom, type RandomSource } from "@subnetkit/shared/subnet/random";
import type { Victim } from "../../unit/miner/attacks/support.ts";
import { type Draft, freshMs, mutate, type SignedDraft, signAny } from "./case.ts";

/** Signed once, mutated many times: signing costs more than everything else of a case. */
const poolSize = 200;
const usesOfPool = 5_000;

/**
 * The same mutations without sockets, straight at the victim's admission, which is many times faster: a request may be admitted only when somebody
 * permitted signed it, and only once. Returns what must not be, at most 20 faults, and how many were admitted.
 */
export async function fuzzAdmission(
  { seed, cases }: { readonly seed: string; readonly cases: number },
  { admission }: Pick<Victim, "admission">,
): Promise<{ readonly admitted: number; readonly faults: readonly string[] }> {
  const random = createRandom(`${seed}/admission`).next;
  const faults: string[] = [];
  let pool: SignedDraft[] = [];
  let used = new Set<SignedDraft>();
  let signedAtMs = 0;
  let admitted = 0;
  for (let i = 0; i < cases; i++) {
    if (i % usesOfPool === 0) {
      pool = Array.from({ length: poolSize }, () => signAny(random));
      used = new Set();
      signedAtMs = Date.now();
    }
    const signed = pool[Math.floor(random() * poolSize)] as SignedDraft;
    const { draft, acceptance, story } = mutate(signed, random);
    const passed = await admits(admission, draft, random);
    const fault = passed
      ? acceptance === "mustNot" || used.has(signed)
        ? "admitted although nobody signed it, or not again"
        : undefined
      : acceptance === "must" && !used.has(signed) && Date.now() - signedAtMs < freshMs
        ? "a good request was refused"
        : undefined;
    if (passed) {
      admitted++;
      used.add(signed);
    }
    if (fault !== undefined && faults.length < 20) faults.push(`case ${i} (${story.join(", ")}): ${fault}`);
  }
  return { admitted, faults };
}

async function admits(admission: Victim["admission"], draft: Draft, random: RandomSource): Promise<boolean> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of draft.headers) {
    const key = name.toLowerCase();
    // As Node joins what is sent twice.
    headers[key] = key in headers ? `${headers[key]}, ${value.trim()}` : value.trim();
  }
  const address = `192.0.2.${Math.floor(random() * 256)}`;
  const contentLength = draft.chunked ? undefined : draft.body.length;
  const head = admission.head({ headers, contentLength, address });
  if (head.kind === "refused") return false;
  const { method, path: target, body } = draft;
  return (await admission.whole(head, { method, target, headers, body })).kind === "admitted";
}

/** The switches of a development node: lifted limits and signatures that are not looked at. In memory only; a restart takes them back to the flags. */
import { appError } from "@subnetkit/shared/errors/app-error";
import type { AccountId } from "./runtime/pallet.ts";
import { type Limit, LIMITS, type Rules } from "./runtime/rules.ts";

/** How the switches stand at the start. */
export interface DevRulesOptions {
  /** Every limit is lifted. */
  readonly relaxed: boolean;
  /** Mock signatures count for everyone. */
  readonly mockSignatures: boolean;
  /** Whether this is a development node at all. */
  readonly devVerbs: boolean;
}

/** Rules that development verbs change. Without verbs nothing changes them. */
export class DevRules implements Rules {
  /** Whether mock signatures count for everyone. */
  readonly mockSignatures: boolean;
  private readonly liftedLimits = new Set<Limit>();
  private readonly impersonatedAccounts = new Set<AccountId>();
  private everything = 0;

  /** Throws E_CONFIG_VALUE for a switch that is on where development verbs are not served. */
  constructor({ relaxed, mockSignatures, devVerbs }: DevRulesOptions) {
    const on = relaxed ? "relaxed" : mockSignatures ? "mockSignatures" : undefined;
    if (on !== undefined && !devVerbs)
      throw appError("E_CONFIG_VALUE", { key: on, source: "the configuration", problem: "needs devVerbs" });
    this.mockSignatures = mockSignatures;
    if (relaxed) for (const limit of LIMITS) this.liftedLimits.add(limit);
  }

  /** Limits that do not hold now. */
  get lifted(): readonly Limit[] {
    return LIMITS.filter((limit) => this.liftedLimits.has(limit));
  }

  /** Accounts whose signatures are not looked at. */
  get impersonated(): readonly AccountId[] {
    return [...this.impersonatedAccounts];
  }

  lifts(limit: Limit): boolean {
    return this.everything > 0 || this.liftedLimits.has(limit);
  }

  trusts(who: AccountId, signature: Uint8Array): boolean {
    return this.impersonatedAccounts.has(who) || (this.mockSignatures && isMockSignature(signature));
  }

  /** Lifts a limit, or lets it hold again. */
  setLifted(limit: Limit, lifted: boolean): void {
    if (lifted) this.liftedLimits.add(limit);
    else this.liftedLimits.delete(limit);
  }

  /** Accepts any signature of an account from now on. */
  impersonate(who: AccountId): void {
    this.impersonatedAccounts.add(who);
  }

  /** Looks at the signatures of an account again. False when it was not impersonated. */
  stopImpersonating(who: AccountId): boolean {
    return this.impersonatedAccounts.delete(who);
  }

  /** Runs work with every limit lifted. */
  withoutLimits<T>(work: () => T): T {
    this.everything += 1;
    try {
      return work();
    } finally {
      this.everything -= 1;
    }
  }
}

/** chopsticks' form: 0xdeadbeef, then 0xcd to the end. */
function isMockSignature(signature: Uint8Array): boolean {
  const head = [0xde, 0xad, 0xbe, 0xef];
  return signature.length >= 64 && signature.every((byte, at) => byte === (head[at] ?? 0xcd));
}

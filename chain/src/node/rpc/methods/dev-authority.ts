/** Acting as someone else: dev_impersonate, dev_stopImpersonating, and dev_call with any origin. */
import { decodeAddress, encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import type { ChainNode } from "../../create-node.ts";
import type { AccountId, DispatchResult, Origin } from "../../runtime/pallet.ts";
import { callFromJson } from "../call-from-json.ts";
import type { MethodTable } from "../method.ts";
import { dispatchErrorJson, type EventJson, eventsJson } from "../outcome-json.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Accounts that may be impersonated at once. */
const MAX_IMPERSONATED = 10_000;
const ADDRESS = "address must be an SS58 address or a public key as 0x hex";
const ORIGIN = 'origin must be "Root", "None", an address, or {"Signed": address}';

/** The verbs. Addresses are taken as `{address}` or as the first parameter itself. */
export function devAuthorityMethods(node: ChainNode): MethodTable {
  const { rules } = node;
  return {
    dev_impersonate: (params) => {
      if (rules.impersonated.length >= MAX_IMPERSONATED)
        throw new RpcError(-32_000, `${MAX_IMPERSONATED} accounts are impersonated already: dev_stopImpersonating`);
      rules.impersonate(addressOf(params));
      return addresses(rules.impersonated);
    },
    dev_stopImpersonating: (params) => {
      const who = addressOf(params);
      if (!rules.stopImpersonating(who))
        throw new RpcError(-32_000, `${encodeAddress(hexToBytes(who))} is not impersonated: dev_info lists who is`);
      return addresses(rules.impersonated);
    },
    dev_call: (params) => call(node, params.object(0)),
  };
}

/** What dev_info says about bent rules. */
export function rulesInfo({ rules }: ChainNode): Record<string, unknown> {
  return {
    lifted: rules.lifted,
    impersonated: addresses(rules.impersonated),
    mockSignatures: rules.mockSignatures,
  };
}

const addresses = (accounts: readonly AccountId[]): string[] =>
  accounts.map((account) => encodeAddress(hexToBytes(account)));

function addressOf(params: Params): AccountId {
  const given = params.raw(0);
  const named = typeof given === "string" ? given : params.object(0)["address"];
  return accountOf(named, ADDRESS);
}

/** An account by SS58 address or public key, or a −32602 that says what is expected. */
export function accountOf(given: unknown, expected: string): AccountId {
  if (typeof given !== "string") throw invalidParams(expected);
  if (/^0x[0-9a-fA-F]{64}$/.test(given)) return given.toLowerCase();
  try {
    return bytesToHex(decodeAddress(given));
  } catch (cause) {
    if (isAppError(cause)) throw invalidParams(expected);
    throw cause;
  }
}

/** What a dev_call comes to. A call that fails changes nothing and is no error of the request: `ok` is false. */
interface CallOutcome {
  readonly block: number;
  readonly hash: string;
  readonly ok: boolean;
  readonly error: Readonly<Record<string, unknown>> | null;
  readonly events: readonly Omit<EventJson, "phase">[];
}

/**
 * Runs a call in a new block before anything else in it, without fee, nonce or signature. Guards and limits hold as for a call inside a call; with
 * `ignoreLimits` those that dev_setLimits knows do not.
 */
function call(node: ChainNode, fields: Readonly<Record<string, unknown>>): CallOutcome {
  const origin = originOf(fields["origin"]);
  const decoded = callFromJson(fields["call"]);
  requireHead(node, fields["at"]);
  const ignoreLimits = fields["ignoreLimits"] ?? false;
  if (typeof ignoreLimits !== "boolean") throw invalidParams("ignoreLimits must be true or false");
  let result: DispatchResult = { type: "Err", value: { type: "Other" } };
  let events: readonly EventJson[] = [];
  node.producer.produceEdited((execution) => {
    const dispatch = (): DispatchResult => execution.dispatch(decoded, origin);
    result = ignoreLimits ? node.rules.withoutLimits(dispatch) : dispatch();
    execution.storeEvents();
    events = eventsJson(execution.state);
  });
  const { number, hash } = node.chain.head;
  return { block: number, hash, ...errorOf(result), events: events.map(({ phase: _phase, ...event }) => event) };
}

const errorOf = (result: DispatchResult): Pick<CallOutcome, "ok" | "error"> =>
  result.type === "Ok" ? { ok: true, error: null } : { ok: false, error: dispatchErrorJson(result.value) };

/** An origin as requests name it, or a −32602 that says what is expected. */
export function originOf(given: unknown): Origin {
  if (given === "Root" || given === "root") return { kind: "root" };
  if (given === "None" || given === "none") return { kind: "none" };
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    const entries = Object.entries(given);
    const [kind, who] = entries[0] ?? [];
    if (entries.length === 1 && kind?.toLowerCase() === "signed")
      return { kind: "signed", who: accountOf(who, ORIGIN) };
    throw invalidParams(ORIGIN);
  }
  return { kind: "signed", who: accountOf(given, ORIGIN) };
}

/** A block can only be made on the newest one; `at` says which the caller takes for it. */
function requireHead(node: ChainNode, at: unknown): void {
  if (at === undefined || at === null) return;
  if (typeof at !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(at)) throw invalidParams("at must be a block hash");
  if (at.toLowerCase() !== node.chain.head.hash)
    throw new RpcError(-32_000, "A call runs on top of the newest block only; dev_dryRun asks an older one");
}

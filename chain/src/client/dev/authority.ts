/** Acting as anyone: impersonation, calls from any origin, limits switched off. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { ask, type BlockRef, checked, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

/** Who a call comes from. */
export type DevOrigin = "Root" | "None" | { readonly Signed: string };

/** Why a call failed: a pallet's own error, or one of the runtime's. */
export type DevDispatchError = {
  readonly type: string;
  readonly pallet?: string | number;
  readonly name?: string | number;
};

/** An event by name; fields as JSON, amounts as decimal text. */
export type DevEvent = { readonly pallet: string; readonly name: string; readonly fields: unknown };

/** What a call came to. A failed one changed nothing. */
export type CallOutcome = BlockRef & {
  readonly ok: boolean;
  readonly error: DevDispatchError | null;
  readonly events: readonly DevEvent[];
};

/** dev_impersonate: transactions of this account are accepted with any signature. The accounts impersonated now. */
export async function impersonate(rpc: DevRpc, address: string, deadline: Deadline = {}): Promise<readonly string[]> {
  return texts("dev_impersonate", await ask(rpc, "dev_impersonate", [{ address }], deadline.timeoutMs));
}

/** dev_stopImpersonating. The accounts impersonated now. */
export async function stopImpersonating(
  rpc: DevRpc,
  address: string,
  deadline: Deadline = {},
): Promise<readonly string[]> {
  return texts("dev_stopImpersonating", await ask(rpc, "dev_stopImpersonating", [{ address }], deadline.timeoutMs));
}

/** dev_call: dispatches an encoded call (`0x` hex) from an origin, in a new block; with `ignoreLimits` no rate limit or window holds for it. */
export async function devCall(
  rpc: DevRpc,
  request: { readonly origin: DevOrigin; readonly call: string; readonly ignoreLimits?: boolean },
  { timeoutMs }: Deadline = {},
): Promise<CallOutcome> {
  const answer = await ask(rpc, "dev_call", [request], timeoutMs ?? WORK_MS);
  const shape = { block: "number", hash: "string", ok: "boolean", events: "object" } as const;
  return checked("dev_call", answer, shape) as unknown as CallOutcome;
}

/** dev_setLimits: limits by name, true where one holds and false where it is lifted, or `{relaxed}` for all at once. Those lifted now. */
export async function setLimits(
  rpc: DevRpc,
  limits: Readonly<Record<string, boolean>>,
  { timeoutMs }: Deadline = {},
): Promise<{ readonly lifted: readonly string[] }> {
  const { lifted } = checked("dev_setLimits", await ask(rpc, "dev_setLimits", [limits], timeoutMs), {
    lifted: "object",
  });
  return { lifted: texts("dev_setLimits", lifted) };
}

function texts(method: string, answer: unknown): readonly string[] {
  if (Array.isArray(answer)) return answer.map(String);
  throw appError("E_CHAIN_SHAPE", { what: `answer to ${method}`, reason: "no list" });
}

/** The chain's clock. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { ask, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

/**
 * dev_timeTravel: moves the clock that blocks are stamped with; with `blocks`, by making the blocks which that time takes. `to` is unix ms or a date.
 * The time reached, unix ms.
 */
export async function timeTravel(
  rpc: DevRpc,
  to: number | string,
  options: { readonly blocks?: boolean } = {},
  { timeoutMs }: Deadline = {},
): Promise<number> {
  const answer = await ask(rpc, "dev_timeTravel", options.blocks === true ? [to, options] : [to], timeoutMs ?? WORK_MS);
  if (typeof answer === "number") return answer;
  throw appError("E_CHAIN_SHAPE", { what: "answer to dev_timeTravel", reason: "no time" });
}

import type { ChainClient } from "@subnetkit/chain/client/connect";
import { planRegistration, type RegistrationPlan } from "@subnetkit/chain/client/register";
import type { BlockClock } from "@subnetkit/shared/clock/block-clock";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";

/** How often a waiting miner looks, in blocks. */
const lookEveryBlocks = 5;

/**
 * Resolves with the uid of the hotkey. When it is not registered: waits for it (`wait`), or throws E_MINER_NOT_REGISTERED with the price and the
 * command to register.
 */
export async function ensureRegistered(
  { netuid, hotkey, wait }: { readonly netuid: number; readonly hotkey: string; readonly wait: boolean },
  {
    client,
    clock,
    log,
    signal,
  }: { readonly client: ChainClient; readonly clock: BlockClock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<number> {
  for (let said = false; ; said = true) {
    const plan = await planRegistration(client, { netuid, hotkey });
    if (plan.kind === "registered") return plan.uid;
    const { reason, remedy } = explain(plan);
    if (!wait) throw appError("E_MINER_NOT_REGISTERED", { netuid, hotkey, reason, remedy });
    if (!said) log.warn({ netuid, hotkey, reason, remedy }, "waiting for the hotkey to be registered");
    await clock.untilBlock(client.head().number + lookEveryBlocks, signal);
  }
}

/** Why a hotkey is not on the subnet and what to do, in words. */
export function explain(plan: Exclude<RegistrationPlan, { kind: "registered" }>): {
  readonly reason: string;
  readonly remedy: string;
} {
  const { netuid, hotkey } = plan;
  switch (plan.kind) {
    case "open":
      return {
        reason: `registering costs ${formatTao(plan.costRao)} TAO at the moment`,
        remedy: `Register ${hotkey} from its coldkey: btcli subnets register --netuid ${netuid}`,
      };
    case "closed":
      return plan.reason === "no such subnet"
        ? { reason: "the chain has no such subnet", remedy: "Check the netuid and the chain endpoint." }
        : {
            reason: "its owner has closed registration",
            remedy: "Wait until registration is open, or choose another subnet.",
          };
    default:
      return assertNever(plan, "a registration plan");
  }
}

/** Rao as TAO, with as many of the nine decimals as it takes. */
export function formatTao(rao: bigint): string {
  const text = rao.toString().padStart(10, "0");
  const decimals = text.slice(-9).replace(/0+$/, "");
  return decimals === "" ? text.slice(0, -9) : `${text.slice(0, -9)}.${decimals}`;
}

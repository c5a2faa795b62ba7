import type { ChainClient } from "@subnetkit/chain/client/connect";
import { planRegistration, type RegistrationPlan } from "@subnetkit/chain/client/register";
import type { BlockClock } from "@subnetkit/shared/clock/block-clock";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";

/** How often a waiting miner looks, in blocks. */
const lookEveryBlocks = 5;

/** Whose registration is asked for, and how its operator would make it. */
export type Registration = {
  readonly netuid: number;
  /** SS58. */
  readonly hotkey: string;
  /** SS58 of who would pay, where that is known. */
  readonly coldkey?: string | undefined;
  /** The command that registers it. */
  readonly command: string;
};

/**
 * Resolves with the uid of the hotkey. When it is not registered: waits for it (`wait`), or throws E_MINER_NOT_REGISTERED with the price and the
 * command to register. Whoever waits is told again when the reason changes, and waits through a chain that is away.
 */
export async function ensureRegistered(
  registration: Registration & { readonly wait: boolean },
  {
    client,
    clock,
    log,
    signal,
  }: { readonly client: ChainClient; readonly clock: BlockClock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<number> {
  const { netuid, hotkey, coldkey, command, wait } = registration;
  let said: string | undefined;
  for (;;) {
    const plan = await planRegistration(client, {
      netuid,
      hotkey,
      ...(coldkey === undefined ? {} : { coldkey }),
    }).catch((error: unknown) => {
      if (said === undefined || !isAppError(error) || signal.aborted) throw error;
      return undefined;
    });
    if (plan?.kind === "registered") return plan.uid;
    if (plan !== undefined) {
      const { reason, remedy } = explain(plan, { coldkey, command });
      if (!wait) throw appError("E_MINER_NOT_REGISTERED", { netuid, hotkey, reason, remedy });
      if (said !== situation(plan))
        log.warn({ netuid, hotkey, reason, remedy }, "waiting for the hotkey to be registered");
      said = situation(plan);
    }
    await clock.untilBlock(client.head().number + lookEveryBlocks, signal);
  }
}

type Missing = Exclude<RegistrationPlan, { kind: "registered" }>;

/** What a person would do about it: the price alone changes with every block. */
function situation(plan: Missing): string {
  return plan.kind === "open" ? `open ${plan.affordable}` : plan.reason;
}

/** Why a hotkey is not on the subnet and what to do, in words. */
export function explain(
  plan: Missing,
  { coldkey, command }: Pick<Registration, "coldkey" | "command">,
): { readonly reason: string; readonly remedy: string } {
  const { hotkey } = plan;
  switch (plan.kind) {
    case "open": {
      const { costRao, balanceRao, affordable } = plan;
      const held =
        balanceRao === undefined ? "" : `, and its coldkey ${coldkey ?? ""} has ${formatTao(balanceRao)} TAO`;
      return {
        reason: `registering costs ${formatTao(costRao)} TAO at the moment${held}`,
        remedy: affordable
          ? `Register ${hotkey}, where its coldkey is: ${command}`
          : `Send its coldkey more than that, for there is a fee too; then register ${hotkey}, where its coldkey is: ${command}`,
      };
    }
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

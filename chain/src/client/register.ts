import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { readBalance } from "./balances.ts";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { readBigInt, readBool, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/** Whether a hotkey is on a subnet, and what it would take to get there. */
export type RegistrationPlan =
  | { readonly kind: "registered"; readonly netuid: number; readonly hotkey: string; readonly uid: number }
  | {
      readonly kind: "open";
      readonly netuid: number;
      readonly hotkey: string;
      /** Price at the moment; it falls with every block and rises with every registration. */
      readonly costRao: bigint;
      /** Of the coldkey, when one was given. */
      readonly balanceRao: bigint | undefined;
      /** False when the coldkey was given and cannot pay; the fee of the transaction is not counted. */
      readonly affordable: boolean;
    }
  | {
      readonly kind: "closed";
      readonly netuid: number;
      readonly hotkey: string;
      readonly reason: "no such subnet" | "registration is off";
    };

/** Reads everything that decides a registration; sends nothing. Addresses are ss58. */
export async function planRegistration(
  client: ChainClient,
  { netuid, hotkey, coldkey }: { readonly netuid: number; readonly hotkey: string; readonly coldkey?: string },
): Promise<RegistrationPlan> {
  const at = client.head().hash;
  const [exists, uid, allowed, costRao, balance] = await Promise.all([
    readBool(client, "subtensorModule", "networksAdded", [netuid], { at }),
    readStorage(client, "subtensorModule", "uids", [netuid, hotkey], { at }),
    readBool(client, "subtensorModule", "networkRegistrationAllowed", [netuid], { at }),
    readBigInt(client, "subtensorModule", "burn", [netuid], { at }),
    coldkey === undefined ? undefined : readBalance(client, coldkey, { at }),
  ]);
  if (!exists) return { kind: "closed", netuid, hotkey, reason: "no such subnet" };
  if (uid !== undefined) return { kind: "registered", netuid, hotkey, uid: Number(uid.toString()) };
  if (!allowed) return { kind: "closed", netuid, hotkey, reason: "registration is off" };
  const balanceRao = balance?.freeRao;
  return {
    kind: "open",
    netuid,
    hotkey,
    costRao,
    balanceRao,
    affordable: balanceRao === undefined || balanceRao >= costRao,
  };
}

/**
 * Registers a hotkey by burning the price of the moment from the coldkey. With `maxCostRao` the call itself refuses a higher price
 * (`register_limit`), so a price that rises between plan and inclusion costs nothing. `hotkey` is ss58.
 */
export function burnedRegister(
  client: ChainClient,
  registration: {
    readonly netuid: number;
    readonly hotkey: string;
    readonly coldkey: Keypair;
    readonly maxCostRao?: bigint;
  },
  options: SubmitOptions,
): Promise<Submission> {
  const { netuid, hotkey, coldkey, maxCostRao } = registration;
  const call =
    maxCostRao === undefined
      ? composeCall(client, "subtensorModule", "burnedRegister", [netuid, hotkey])
      : composeCall(client, "subtensorModule", "registerLimit", [netuid, hotkey, maxCostRao]);
  return submitCall(client, call, coldkey, options);
}

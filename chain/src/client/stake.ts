import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/**
 * Stakes TAO of a coldkey on a hotkey of a subnet: `amountRao` of TAO, at least 0.002 TAO plus fee (spec/subtensor-interface.md 2.3).
 * `hotkey` is ss58.
 */
export function addStake(
  client: ChainClient,
  stake: { readonly netuid: number; readonly hotkey: string; readonly amountRao: bigint; readonly coldkey: Keypair },
  options: SubmitOptions,
): Promise<Submission> {
  const call = composeCall(client, "subtensorModule", "addStake", [stake.hotkey, stake.netuid, stake.amountRao]);
  return submitCall(client, call, stake.coldkey, options);
}

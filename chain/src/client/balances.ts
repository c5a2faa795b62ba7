import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { type AtBlock, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/** One TAO in rao. */
export const raoPerTao = 1_000_000_000n;

/** An account's money and counters; an account the chain does not know is all zeros. */
export type Balance = { readonly freeRao: bigint; readonly reservedRao: bigint; readonly nonce: number };

/** Reads an account. `address` is ss58. */
export async function readBalance(client: ChainClient, address: string, options: AtBlock = {}): Promise<Balance> {
  const account = (await readStorage(client, "system", "account", [address], options))?.toJSON() as {
    readonly nonce?: number;
    readonly data?: { readonly free?: number | string; readonly reserved?: number | string };
  } | null;
  return {
    freeRao: BigInt(account?.data?.free ?? 0),
    reservedRao: BigInt(account?.data?.reserved ?? 0),
    nonce: account?.nonce ?? 0,
  };
}

/** Sends TAO; refuses to empty the sender's account below the existential deposit. `to` is ss58. */
export function transfer(
  client: ChainClient,
  { from, to, amountRao }: { readonly from: Keypair; readonly to: string; readonly amountRao: bigint },
  options: SubmitOptions,
): Promise<Submission> {
  return submitCall(client, composeCall(client, "balances", "transferKeepAlive", [to, amountRao]), from, options);
}

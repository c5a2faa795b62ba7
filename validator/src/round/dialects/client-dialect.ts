import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { RequestHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import type { RequestDialect } from "@subnetkit/shared/protocol/dialect";
import type { AnyTask, RequestJson } from "@subnetkit/shared/subnet";

/** What is asked of whom. */
export type CallInput = {
  readonly task: AnyTask;
  readonly requestJson: RequestJson;
  readonly keypair: Keypair;
  /** The miner as the chain has it. */
  readonly miner: { readonly hotkey: string; readonly ip: string; readonly port: number };
};

/** A reply with its whole body. */
export type WholeReply = { readonly status: number; readonly headers: RequestHeaders; readonly body: Uint8Array };

/** What a reply says: the values the task's response may be (the first that fits its schema counts), a refusal, or no JSON. */
export type ReadReply =
  | { readonly kind: "values"; readonly values: readonly unknown[] }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "not-json" };

/** A request, signed and ready to be posted once. */
export type SignedCall = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What the miner's signature of its response is bound to. */
  readonly requestNonce: string;
  /** Bytes a reply may have beyond the task's limit, for what the dialect itself puts into it. */
  readonly extraBytes: number;
  read(reply: WholeReply): ReadReply;
};

/** One way of asking a miner (spec/wire-protocols.md). */
export type ClientDialect = {
  readonly name: RequestDialect;
  /** Signs a request anew. Undefined for a task that this dialect cannot carry. */
  call(input: CallInput): SignedCall | undefined;
};

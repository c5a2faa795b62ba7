/**
 * Whether a transaction may be in the next block: signature, mortality, nonce, fee and the pallets' guards, in the order of the extensions
 * (spec/subtensor-interface.md 1.3, 1.5). The same function runs at the pool and again at inclusion.
 */
import { ecdsaVerify } from "@subnetkit/shared/crypto/ecdsa";
import { verifySignature } from "@subnetkit/shared/crypto/keypair";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { system } from "../../spec/pallets/system.ts";
import { spendableBalance } from "../runtime/balances/currency.ts";
import type { RuntimeCall } from "../../spec/call.ts";
import type { AccountId, AnyRuntimePallet, FeeReceipt, InvalidTx } from "../runtime/pallet.ts";
import { callWeight } from "../runtime/runtime.ts";
import { feeOf, totalFee } from "../runtime/transaction-payment/fees.ts";
import { eraBirth, eraDeath } from "./era.ts";
import type { Execution } from "./execution.ts";
import { type BareExtrinsic, type Extrinsic, type SignedExtrinsic, signaturePayload } from "./extrinsic.ts";

/** A transaction that may be included, now or once its nonce is due. */
export interface Valid {
  readonly kind: "valid";
  /** Undefined for unsigned ones. */
  readonly who: AccountId | undefined;
  readonly priority: bigint;
  /** Tags another transaction with the same cannot join. */
  readonly provides: readonly string[];
  /** Blocks until the pool forgets it. */
  readonly longevity: number;
  /** True when an earlier nonce of the signer is missing on chain. */
  readonly future: boolean;
}

/** Outcome of a check. */
export type Validity =
  | Valid
  | { readonly kind: "invalid"; readonly reason: InvalidTx }
  | { readonly kind: "unknown"; readonly reason: "CannotLookup" | "NoUnsignedValidator" };

const invalid = (reason: InvalidTx): Validity => ({ kind: "invalid", reason });

/** Birth-block hash and spec version under which a signature was found good: verifying costs 100 us and more, and happens at pool and inclusion. */
const verified = new WeakMap<SignedExtrinsic, string>();

/** Checks a transaction against an execution of the next block. `genesisHash` is the chain's. */
export function checkExtrinsic(execution: Execution, extrinsic: Extrinsic, genesisHash: string): Validity {
  return extrinsic.kind === "signed" ? checkSigned(execution, extrinsic, genesisHash) : checkBare(execution, extrinsic);
}

function checkSigned(execution: Execution, tx: SignedExtrinsic, genesisHash: string): Validity {
  const { state, block } = execution;
  if (tx.signer.type !== "Id") return { kind: "unknown", reason: "CannotLookup" };
  const who = tx.signer.value;
  const birth = eraBirth(tx.era, block.number);
  const birthHash = tx.era.kind === "immortal" ? genesisHash : knownHash(execution, birth);
  if (birthHash === undefined) return invalid({ type: "AncientBirthBlock" });
  // What a runtime built without its metadata's hash answers to who wants that hash signed.
  if (tx.metadataMode !== 0) return { kind: "unknown", reason: "CannotLookup" };
  if (!signatureHolds(execution, tx, who, birthHash, genesisHash)) return invalid({ type: "BadProof" });
  const { nonce, providers, sufficients } = state.get(system.storage.Account, who);
  // An account nothing keeps alive may send free calls only; it is told so before its nonce is looked at.
  if (providers + sufficients === 0 && execution.paysFee(tx.call)) return invalid({ type: "Payment" });
  if (tx.nonce < nonce) return invalid({ type: "Stale" });
  if (!canPay(execution, tx, who)) return invalid({ type: "Payment" });
  const refused = execution.guard(tx.call, { kind: "signed", who });
  if (refused !== undefined) return invalid(refused);
  const operational = execution.runtime.callImpl(tx.call)?.class === "Operational";
  return {
    kind: "valid",
    who,
    priority: operational ? 10_000_000_000n : 1n,
    provides: [`${who}:${tx.nonce}`],
    longevity: Math.min(eraDeath(tx.era, block.number) - block.number, Number.MAX_SAFE_INTEGER),
    future: tx.nonce > nonce,
  };
}

function checkBare(execution: Execution, extrinsic: BareExtrinsic): Validity {
  const pallet = execution.runtime.pallets.find((one) => one.spec.name === extrinsic.call.pallet);
  const validity = pallet?.validateUnsigned?.(execution, extrinsic.call);
  if (validity === undefined) return { kind: "unknown", reason: "NoUnsignedValidator" };
  if ("type" in validity) return invalid(validity);
  return {
    kind: "valid",
    who: undefined,
    priority: validity.priority,
    provides: validity.provides,
    longevity: validity.longevity,
    future: false,
  };
}

function knownHash(execution: Execution, number: number): string | undefined {
  return execution.state.has(system.storage.BlockHash, number)
    ? execution.state.get(system.storage.BlockHash, number)
    : undefined;
}

function signatureHolds(
  execution: Execution,
  tx: SignedExtrinsic,
  who: AccountId,
  birthHash: string,
  genesisHash: string,
): boolean {
  // Not remembered: who is trusted now may not be when the block is built.
  if (execution.rules.trusts(who, signatureBytes(tx))) return true;
  const { spec_version: specVersion, transaction_version: transactionVersion } = execution.runtime.versionAt(
    execution.state,
  );
  const under = `${birthHash} ${specVersion}`;
  if (verified.get(tx) === under) return true;
  const implicit = {
    specVersion,
    transactionVersion,
    genesisHash: hexToBytes(genesisHash),
    birthHash: hexToBytes(birthHash),
  };
  const good = verifyMulti(tx, signaturePayload(tx.signedPart, implicit), hexToBytes(who));
  if (good) verified.set(tx, under);
  return good;
}

const signatureBytes = (tx: SignedExtrinsic): Uint8Array => tx.signature.value;

function verifyMulti(tx: SignedExtrinsic, payload: Uint8Array, who: Uint8Array): boolean {
  switch (tx.signature.type) {
    case "Sr25519":
      return verifySignature("sr25519", payload, tx.signature.value, who);
    case "Ed25519":
      return verifySignature("ed25519", payload, tx.signature.value, who);
    case "Ecdsa":
      return ecdsaVerify(payload, tx.signature.value, who);
    default:
      return assertNever(tx.signature);
  }
}

/** Fee of a transaction in rao, without its tip; 0 for Pays::No. */
export function feeFor(execution: Pick<Execution, "paysFee" | "runtime">, tx: Extrinsic): bigint {
  if (tx.kind === "bare" || !execution.paysFee(tx.call)) return 0n;
  return totalFee(feeOf(callWeight(execution.runtime.callImpl(tx.call)), tx.bytes.length));
}

function canPay(execution: Execution, tx: SignedExtrinsic, signer: AccountId): boolean {
  const who = execution.feePayer(signer, tx.call);
  const fee = feeFor(execution, tx) + tx.tip;
  if (fee === 0n) return true;
  if (spendableBalance(execution.state, who, true) >= fee) return true;
  return execution.probe(() => payOtherwise(execution, who, tx.call, fee) !== undefined);
}

const paysFees = (pallet: AnyRuntimePallet): boolean => pallet.payFee !== undefined;

/** Pays a fee other than in TAO, by the first pallet that can. */
export function payOtherwise(
  execution: Execution,
  who: AccountId,
  call: RuntimeCall,
  feeRao: bigint,
): FeeReceipt | undefined {
  for (const pallet of execution.runtime.palletsThat(paysFees)) {
    const receipt = pallet.payFee?.(execution, who, call, feeRao);
    if (receipt !== undefined) return receipt;
  }
  return undefined;
}

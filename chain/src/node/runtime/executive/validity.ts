/** Why a transaction may not be in a block: as the runtime encodes it, and in the words the real runtime and node use for it. */
import type { TransactionValidityError } from "../../../spec/types.ts";
import type { Validity } from "../../block/validity.ts";
import type { InvalidTx } from "../pallet.ts";

/** Refusals in words, those with a code of their own apart. */
export const invalidTexts: Readonly<Record<Exclude<InvalidTx["type"], "Custom">, string>> = {
  Call: "Transaction call is not expected",
  Payment: "Inability to pay some fees (e.g. account balance too low)",
  Future: "Transaction will be valid in the future",
  Stale: "Transaction is outdated",
  BadProof: "Transaction has a bad signature",
  AncientBirthBlock: "Transaction has an ancient birth block",
  ExhaustsResources: "Transaction would exhaust the block limits",
  BadMandatory: "A call was labelled as mandatory, but resulted in an Error.",
  BadSigner: "Invalid signing address",
};
const unknownTexts = {
  CannotLookup: "Could not lookup information required to validate the transaction",
  NoUnsignedValidator: "Could not find an unsigned validator for the unsigned transaction",
} as const;

/** A check that did not end well. */
type Refused = Exclude<Validity, { kind: "valid" }>;

/** A refusal as the runtime tells it. */
export function validityError(validity: Refused): TransactionValidityError {
  if (validity.kind === "unknown") return { type: "Unknown", value: { type: validity.reason } };
  const { reason } = validity;
  return {
    type: "Invalid",
    value: reason.type === "Custom" ? { type: "Custom", value: reason.code } : { type: reason.type },
  };
}

/** A refusal in words, as a runtime that panics over it says it. */
export function validityText(validity: Refused): string {
  if (validity.kind === "unknown") return unknownTexts[validity.reason];
  return validity.reason.type === "Custom" ? "InvalidTransaction custom error" : invalidTexts[validity.reason.type];
}

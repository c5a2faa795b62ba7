import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { moduleError } from "../pallet.ts";

/** Name of an error of SubtensorModule. */
export type SubtensorError = (typeof subtensorModule.errors)[number];

/** Fails the call with an error of SubtensorModule. */
export function fail(error: SubtensorError): never {
  throw moduleError(subtensorModule, error);
}

/** Fails the call with that error unless the condition holds. */
export function ensure(condition: boolean, error: SubtensorError): asserts condition {
  if (!condition) fail(error);
}

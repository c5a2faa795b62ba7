/** Why a runtime API has no result. */
export type ApiFailureKind =
  /** The real runtime panics here too; the message is the panic's. */
  | "trap"
  /** The real runtime would answer, and this one is not built for it. */
  | "not-built";

/** Thrown by a runtime API's method in the place of a result. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly kind: ApiFailureKind;

  constructor(kind: ApiFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The failure of an API whose real counterpart panics with this message. Throw the result. */
export const trap = (message: string): ApiFailure => new ApiFailure("trap", message);

/** The failure of an API that is asked for what this chain does not do. Throw the result. */
export const notBuiltHere = (message: string): ApiFailure => new ApiFailure("not-built", message);

/**
 * Runtime upgrades by calls, with frame_system's checks. The only code this node can run is its own, told apart by spec version: the sentence that
 * `:code` holds, with another number. Anything else, wasm included, is FailedToExtractRuntimeVersion: also where the real call asks for no check,
 * since a chain that took it would stand still.
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { RUNTIME_VERSION, system } from "../../../spec/pallets/system.ts";
import { CODE_KEY } from "../../storage/state.ts";
import { type Ctx, type DispatchFailure, type InvalidTx, moduleError, type UnsignedValidity } from "../pallet.ts";
import { specNameOf, specVersionOf } from "./code.ts";
import { enactCode } from "./upgrade.ts";

const S = system.storage;

/** Sets the code. With `check`, its name must be this runtime's (InvalidSpecName) and its version higher (SpecVersionNeedsToIncrease). */
export function setCode(ctx: Ctx, code: Uint8Array, check: boolean): void {
  const failure = codeFailure(ctx, code, check);
  if (failure !== undefined) throw failure;
  enactCode(ctx, code);
}

/** Lets anyone bring the code of this hash. Says UpgradeAuthorized. */
export function authorizeUpgrade(ctx: Ctx, code_hash: string, check_version: boolean): void {
  ctx.state.put(S.AuthorizedUpgrade, [], { code_hash, check_version });
  ctx.emit(system, "UpgradeAuthorized", { code_hash, check_version });
}

/**
 * Brings the code that was authorised. Fails with NothingAuthorized or Unauthorized. Where it does not pass the check it was authorised with, the
 * authorisation is used up and RejectedInvalidAuthorizedUpgrade says why.
 */
export function applyAuthorizedUpgrade(ctx: Ctx, code: Uint8Array): void {
  const { code_hash, check_version } = authorizedFor(ctx, code);
  const failure = codeFailure(ctx, code, check_version);
  if (failure !== undefined && !check_version) throw failure;
  ctx.state.kill(S.AuthorizedUpgrade);
  if (failure === undefined) enactCode(ctx, code);
  else ctx.emit(system, "RejectedInvalidAuthorizedUpgrade", { code_hash, error: failure.error });
}

/** Lets the authorised code into the pool without a signature. */
export function validateAuthorizedUpgrade(ctx: Ctx, code: Uint8Array): UnsignedValidity | InvalidTx {
  const authorized = ctx.state.get(S.AuthorizedUpgrade);
  if (authorized?.code_hash !== hashOf(code)) return { type: "Call" };
  return {
    priority: (1n << 64n) - 1n,
    provides: [`upgrade:${authorized.code_hash}`],
    longevity: Number.MAX_SAFE_INTEGER,
  };
}

function authorizedFor(
  { state }: Ctx,
  code: Uint8Array,
): { readonly code_hash: string; readonly check_version: boolean } {
  const authorized = state.get(S.AuthorizedUpgrade);
  if (authorized === undefined) throw moduleError(system, "NothingAuthorized");
  if (authorized.code_hash !== hashOf(code)) throw moduleError(system, "Unauthorized");
  return authorized;
}

const hashOf = (code: Uint8Array): string => bytesToHex(blake2b256(code));

function codeFailure({ state }: Ctx, code: Uint8Array, check: boolean): DispatchFailure | undefined {
  const version = specVersionOf(code);
  if (version === undefined) return moduleError(system, "FailedToExtractRuntimeVersion");
  if (!check) return undefined;
  if (specNameOf(code) !== RUNTIME_VERSION.spec_name) return moduleError(system, "InvalidSpecName");
  const running = state.getRaw(CODE_KEY);
  const now = running === undefined ? undefined : specVersionOf(running);
  return version > (now ?? RUNTIME_VERSION.spec_version)
    ? undefined
    : moduleError(system, "SpecVersionNeedsToIncrease");
}

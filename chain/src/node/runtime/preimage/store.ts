/** Bytes by their hash: noted by accounts for a deposit, requested and released by pallets that keep calls. */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../../spec/call.ts";
import { ScaleError } from "../../../spec/cursor.ts";
import { type BoundedCall, MAX_INLINE_CALL_BYTES } from "../../../spec/pallets/bounded-call.ts";
import { preimage, type requestStatus } from "../../../spec/pallets/preimage.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { holdForPreimage, releaseForPreimage } from "../balances/reserve.ts";
import { type AccountId, type Ctx, moduleError } from "../pallet.ts";

const S = preimage.storage;
const MAX_BYTES = 4_194_304;
const BASE_DEPOSIT = 104_000_000n;
const BYTE_DEPOSIT = 1_000_000n;

type Status = ValueOf<typeof requestStatus>;

/** Stores bytes for an account, which pays a deposit, or, without one, for the runtime, which thereby requests them. Returns the hash. */
export function noteBytes(ctx: Ctx, bytes: Uint8Array, depositor: AccountId | undefined): string {
  if (bytes.length > MAX_BYTES) throw moduleError(preimage, "TooBig");
  const hash = bytesToHex(blake2b256(bytes));
  ctx.state.put(S.RequestStatusFor, [hash], noted(ctx, hash, bytes.length, depositor));
  ctx.state.put(S.PreimageFor, [[hash, bytes.length]], bytes);
  ctx.emit(preimage, "Noted", { hash });
  return hash;
}

function noted(ctx: Ctx, hash: string, len: number, depositor: AccountId | undefined): Status {
  const before = ctx.state.get(S.RequestStatusFor, hash);
  if (before?.type === "Requested") return { type: "Requested", value: { ...before.value, maybe_len: len } };
  if (before?.type === "Unrequested") {
    if (depositor !== undefined) throw moduleError(preimage, "AlreadyNoted");
    return { type: "Requested", value: { maybe_ticket: before.value.ticket, count: 1, maybe_len: len } };
  }
  if (depositor === undefined)
    return { type: "Requested", value: { maybe_ticket: undefined, count: 1, maybe_len: len } };
  const deposit = BASE_DEPOSIT + BYTE_DEPOSIT * BigInt(len);
  holdForPreimage(ctx, depositor, deposit);
  return { type: "Unrequested", value: { ticket: [depositor, deposit], len } };
}

/** Takes back what an account noted; root (no account) may take back anything. A requested preimage stays without its deposit. */
export function unnoteBytes(ctx: Ctx, hash: string, who: AccountId | undefined): void {
  const status = ctx.state.get(S.RequestStatusFor, hash);
  if (status === undefined) throw moduleError(preimage, "NotNoted");
  const ticket = status.type === "Unrequested" ? status.value.ticket : status.value.maybe_ticket;
  if (who !== undefined && ticket?.[0] !== who) throw moduleError(preimage, "NotAuthorized");
  if (status.type === "Requested" && ticket === undefined) {
    unrequest(ctx, hash);
    return;
  }
  if (ticket !== undefined) releaseForPreimage(ctx, ...ticket);
  if (status.type === "Requested")
    ctx.state.put(S.RequestStatusFor, [hash], {
      type: "Requested",
      value: { ...status.value, maybe_ticket: undefined },
    });
  else remove(ctx, hash, status.value.len);
}

/** One more that needs the preimage. */
export function request(ctx: Ctx, hash: string): void {
  const before = ctx.state.get(S.RequestStatusFor, hash);
  const next =
    before?.type === "Requested"
      ? { ...before.value, count: before.value.count + 1 }
      : { maybe_ticket: before?.value.ticket, count: 1, maybe_len: before?.value.len };
  ctx.state.put(S.RequestStatusFor, [hash], { type: "Requested", value: next });
  if (next.count === 1) ctx.emit(preimage, "Requested", { hash });
}

/** One less that needs the preimage; with the last one it goes, unless an account paid for it. Fails with NotRequested. */
export function unrequest(ctx: Ctx, hash: string): void {
  const before = ctx.state.get(S.RequestStatusFor, hash);
  if (before?.type !== "Requested") throw moduleError(preimage, "NotRequested");
  const { count, maybe_len: len, maybe_ticket: ticket } = before.value;
  if (count > 1) {
    ctx.state.put(S.RequestStatusFor, [hash], { type: "Requested", value: { ...before.value, count: count - 1 } });
  } else if (len === undefined) {
    ctx.state.kill(S.RequestStatusFor, hash);
  } else if (ticket === undefined) {
    remove(ctx, hash, len);
  } else {
    ctx.state.put(S.RequestStatusFor, [hash], { type: "Unrequested", value: { ticket, len } });
  }
}

function remove(ctx: Ctx, hash: string, len: number): void {
  ctx.state.kill(S.RequestStatusFor, hash);
  ctx.state.kill(S.PreimageFor, [hash, len]);
  ctx.emit(preimage, "Cleared", { hash });
}

/** A call for storage: its bytes, or, where they are too long, a preimage requested once. */
export function boundCall(ctx: Ctx, call: RuntimeCall): BoundedCall {
  const bytes = runtimeCall().enc(call);
  if (bytes.length <= MAX_INLINE_CALL_BYTES) return { type: "Inline", value: bytes };
  return { type: "Lookup", value: { hash: noteBytes(ctx, bytes, undefined), len: bytes.length } };
}

/** The call behind {@link boundCall}, or undefined where its preimage is gone or no call. */
export function peekCall(ctx: Ctx, bounded: BoundedCall): RuntimeCall | undefined {
  const bytes =
    bounded.type === "Inline"
      ? bounded.value
      : bounded.type === "Lookup"
        ? ctx.state.get(S.PreimageFor, [bounded.value.hash, bounded.value.len])
        : undefined;
  if (bytes === undefined) return undefined;
  try {
    return runtimeCall().dec(bytes);
  } catch (cause) {
    if (cause instanceof ScaleError) return undefined;
    throw cause;
  }
}

/** Releases what {@link boundCall} requested. */
export function dropCall(ctx: Ctx, bounded: BoundedCall): void {
  if (bounded.type === "Lookup" && ctx.state.get(S.RequestStatusFor, bounded.value.hash)?.type === "Requested")
    unrequest(ctx, bounded.value.hash);
}

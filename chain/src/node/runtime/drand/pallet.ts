import { verifySignature } from "@subnetkit/shared/crypto/keypair";
import type { CallArgs } from "../../../spec/define.ts";
import { drand, type Pulse, pulsesPayload } from "../../../spec/pallets/drand.ts";
import {
  type Ctx,
  defineRuntimePallet,
  ensureNone,
  ensureRoot,
  type InvalidTx,
  moduleError,
  type UnsignedValidity,
} from "../pallet.ts";
import { pulseHolds } from "./known-pulses.ts";
import { localBeaconConfig } from "./local-key.ts";

type WritePulse = CallArgs<typeof drand, "write_pulse">;
const S = drand.storage;

/** Rounds kept on chain (spec/subtensor-interface.md 3.7). */
const KEPT_ROUNDS = 216_000n;
/** Old rounds dropped per write: bounds the work of one call. */
const DROPPED_PER_WRITE = 64;
const SIGNATURE_BYTES = 48;
/** Priority of a pulse in the pool (spec/subtensor-interface.md 1.3). */
const PULSE_PRIORITY = 10_000n;
const PULSE_LONGEVITY = 5;

/** Drand: rounds of a randomness beacon, by the key of the local one or of quicknet (spec/subtensor-interface.md 2.5, 6.2). */
export const drandPallet = defineRuntimePallet<typeof drand>({
  spec: drand,
  genesis(ctx, config) {
    // Quicknet is what the storage defaults to.
    if (config.drand === "quicknet") return;
    ctx.state.put(S.BeaconConfig, [], localBeaconConfig(config.timestampMs, config.drandPeriodSeconds));
  },
  validateUnsigned(ctx, call) {
    if (call.name !== "write_pulse") return { type: "Call" };
    return validatePulse(ctx, call.args as WritePulse);
  },
  calls: {
    write_pulse: {
      pays: false,
      weight: 5_000_000_000n,
      class: "Operational",
      dispatch(ctx, origin, { pulses_payload: { pulses } }) {
        ensureNone(origin);
        writePulses(ctx, pulses);
      },
    },
    set_beacon_config: {
      pays: true,
      dispatch(ctx, origin, { config_payload }) {
        ensureRoot(origin);
        ctx.state.put(S.BeaconConfig, [], config_payload.config);
        ctx.emit(drand, "BeaconConfigChanged", []);
      },
    },
    set_oldest_stored_round: {
      pays: true,
      dispatch(ctx, origin, { oldest_round }) {
        ensureRoot(origin);
        ctx.state.put(S.OldestStoredRound, [], oldest_round);
        ctx.emit(drand, "SetOldestStoredRound", [oldest_round]);
      },
    },
  },
});

/** What the pool asks: one pulse, signed payload, not too early, a round that is new. */
function validatePulse(ctx: Ctx, { pulses_payload: payload, signature }: WritePulse): UnsignedValidity | InvalidTx {
  const pulse = payload.pulses[0];
  if (pulse === undefined || payload.pulses.length !== 1) return { type: "Call" };
  if (!payloadSigned(payload, signature)) return { type: "BadProof" };
  if (ctx.state.get(S.NextUnsignedAt) > ctx.block.number || payload.block_number > ctx.block.number)
    return { type: "Future" };
  if (pulse.round <= ctx.state.get(S.LastStoredRound)) return { type: "Stale" };
  return { priority: PULSE_PRIORITY, provides: [`drand:${pulse.round}`], longevity: PULSE_LONGEVITY };
}

function payloadSigned(payload: WritePulse["pulses_payload"], signature: WritePulse["signature"]): boolean {
  if (signature?.type !== "Sr25519" || payload.public.type !== "Sr25519") return false;
  return verifySignature("sr25519", pulsesPayload.enc(payload), signature.value, payload.public.value);
}

/** Stores the pulses whose signature is the beacon's; others are skipped, an undecodable or old one fails the call (spec/subtensor-interface.md 6.3). */
function writePulses(ctx: Ctx, pulses: readonly Pulse[]): void {
  const { state } = ctx;
  const { public_key } = state.get(S.BeaconConfig);
  const rounds: bigint[] = [];
  for (const pulse of pulses) {
    if (pulse.signature.length !== SIGNATURE_BYTES) throw moduleError(drand, "PulseVerificationError");
    if (!pulseHolds(public_key, pulse.round, pulse.signature)) continue;
    if (pulse.round <= state.get(S.LastStoredRound)) throw moduleError(drand, "InvalidRoundNumber");
    if (state.get(S.OldestStoredRound) === 0n) state.put(S.OldestStoredRound, [], pulse.round);
    state.put(S.Pulses, [pulse.round], pulse);
    state.put(S.LastStoredRound, [], pulse.round);
    rounds.push(pulse.round);
  }
  state.put(S.NextUnsignedAt, [], ctx.block.number);
  dropOldRounds(ctx);
  if (rounds.length > 0) ctx.emit(drand, "NewPulse", { rounds });
}

function dropOldRounds({ state }: Ctx): void {
  const keepFrom = state.get(S.LastStoredRound) - KEPT_ROUNDS;
  let oldest = state.get(S.OldestStoredRound);
  for (let i = 0; i < DROPPED_PER_WRITE && oldest < keepFrom; i++) {
    state.kill(S.Pulses, oldest);
    oldest += 1n;
  }
  state.put(S.OldestStoredRound, [], oldest);
}

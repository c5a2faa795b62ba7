import {
  type CommitmentData,
  type CommitmentInfo,
  commitmentInfo,
  commitments,
} from "../../../spec/pallets/commitments.ts";
import { drand } from "../../../spec/pallets/drand.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { openTimelock } from "../drand/open-timelock.ts";
import { type Ctx, defineRuntimePallet, ensureRoot, ensureSigned, moduleError } from "../pallet.ts";
import { resetBondsToward, uidOf } from "../subtensor/state/neurons.ts";

const S = commitments.storage;
const SubtensorStorage = subtensorModule.storage;

/** Least space a call counts as, in bytes. */
const MIN_SPACE = 100n;
/** Revealed commitments kept per hotkey. */
const KEPT_REVEALS = 10;
const MAX_FIELDS = 3;

type Timelocked = CommitmentData & { readonly type: "TimelockEncrypted" };

/** Commitments: a hotkey's public or timelocked notes on a subnet (spec/subtensor-interface.md 2.5 and 6.4). */
export const commitmentsPallet = defineRuntimePallet<typeof commitments>({
  spec: commitments,
  onInitialize: revealDue,
  calls: {
    set_commitment: {
      pays: false,
      dispatch(ctx, origin, { netuid, info }) {
        setCommitment(ctx, ensureSigned(origin), netuid, info);
      },
    },
    set_max_space: {
      pays: true,
      dispatch(ctx, origin, { new_limit }) {
        ensureRoot(origin);
        ctx.state.put(S.MaxSpace, [], new_limit);
      },
    },
  },
});

function setCommitment(ctx: Ctx, who: string, netuid: number, info: CommitmentInfo): void {
  const { state, block } = ctx;
  const uid = uidOf(state, netuid, who);
  if (uid === undefined) throw moduleError(commitments, "AccountNotAllowedCommit");
  if (info.fields.length > MAX_FIELDS) throw moduleError(commitments, "TooManyFieldsInCommitmentInfo");
  countSpace(ctx, netuid, who, BigInt(commitmentInfo.enc(info).length));
  if (info.fields.some(({ type }) => type === "ResetBondsFlag") && state.get(SubtensorStorage.BondsResetOn, netuid)) {
    resetBondsToward(state, netuid, uid);
    state.put(S.LastBondsReset, [netuid, who], block.number);
  }
  state.put(S.CommitmentOf, [netuid, who], { deposit: 0n, block: block.number, info });
  state.put(S.LastCommitment, [netuid, who], block.number);
  const timelocked = info.fields.find((field): field is Timelocked => field.type === "TimelockEncrypted");
  indexTimelocked(ctx, netuid, who, timelocked !== undefined);
  if (timelocked === undefined) ctx.emit(commitments, "Commitment", { netuid, who });
  else ctx.emit(commitments, "TimelockCommitment", { netuid, who, reveal_round: timelocked.value.reveal_round });
}

/** Space is counted per epoch of the subnet and starts anew with the next (spec/subtensor-interface.md 2.5). */
function countSpace({ state, rules }: Ctx, netuid: number, who: string, bytes: bigint): void {
  const epoch = state.get(SubtensorStorage.SubnetEpochIndex, netuid);
  const before = state.get(S.UsedSpaceOf, netuid, who);
  const used = before?.last_epoch === epoch ? before.used_space : 0n;
  const next = used + (bytes > MIN_SPACE ? bytes : MIN_SPACE);
  if (next > BigInt(state.get(S.MaxSpace)) && !rules.lifts("commitments"))
    throw moduleError(commitments, "SpaceLimitExceeded");
  state.put(S.UsedSpaceOf, [netuid, who], { last_epoch: epoch, used_space: next });
}

/** Keeps the list of hotkeys with a timelocked field, ascending. */
function indexTimelocked({ state }: Ctx, netuid: number, who: string, present: boolean): void {
  state.mutate(S.TimelockedIndex, [], (index) => {
    const others = index.filter(([otherNetuid, other]) => otherNetuid !== netuid || other !== who);
    const all: [number, string][] = present ? [...others, [netuid, who]] : others;
    return all.sort(([aNetuid, a], [bNetuid, b]) => aNetuid - bNetuid || (a < b ? -1 : 1));
  });
}

/** Opens the timelocked fields whose round is stored; what does not open is dropped, a commitment without fields goes (spec/subtensor-interface.md 6.4). */
function revealDue(ctx: Ctx): void {
  for (const [netuid, who] of ctx.state.get(S.TimelockedIndex)) revealOf(ctx, netuid, who);
}

function revealOf(ctx: Ctx, netuid: number, who: string): void {
  const { state } = ctx;
  const stored = state.get(S.CommitmentOf, netuid, who);
  const fields = stored?.info.fields ?? [];
  const kept = fields.filter((field) => !reveal(ctx, netuid, who, field));
  if (stored === undefined) indexTimelocked(ctx, netuid, who, false);
  if (stored === undefined || kept.length === fields.length) return;
  if (kept.length === 0) state.kill(S.CommitmentOf, netuid, who);
  else state.put(S.CommitmentOf, [netuid, who], { ...stored, info: { fields: kept } });
  indexTimelocked(
    ctx,
    netuid,
    who,
    kept.some(({ type }) => type === "TimelockEncrypted"),
  );
}

/** True when a field is done with. */
function reveal(ctx: Ctx, netuid: number, who: string, field: CommitmentData): boolean {
  if (field.type !== "TimelockEncrypted") return false;
  const pulse = ctx.state.get(drand.storage.Pulses, field.value.reveal_round);
  if (pulse === undefined) return false;
  const opened = openTimelock(field.value.encrypted, pulse.signature);
  if (opened === undefined || opened.length === 0) return true;
  ctx.state.mutate(S.RevealedCommitments, [netuid, who], (revealed = []) =>
    [...revealed, [opened, BigInt(ctx.block.number)] as [Uint8Array, bigint]].slice(-KEPT_REVEALS),
  );
  ctx.emit(commitments, "CommitmentRevealed", { netuid, who });
  return true;
}

import { exp } from "../../fixed/exp.ts";
import { clampUnsigned, convertFixed, toU64, U64_MAX } from "../../fixed/convert.ts";
import { I64F64, U64F64 } from "../../fixed/formats.ts";
import { checkBits, checkRao } from "./check.ts";

/** Alpha that is locked and the conviction it earned, as of a block. */
export type Lock = {
  readonly massRao: bigint;
  /** U64F64 bits. */
  readonly convictionBits: bigint;
  readonly block: bigint;
};

/** How a lock changes while nobody touches it. */
export type LockPace = {
  /** Blocks in which decaying mass falls to 1/e; 0: at once. */
  readonly unlockRate: bigint;
  /** Blocks in which conviction comes within 1/e of the mass; 0: at once. */
  readonly maturityRate: bigint;
  /** Locked behind the subnet owner's hotkey: conviction is the mass, without delay. */
  readonly owner: boolean;
  /** The mass does not decay. */
  readonly perpetual: boolean;
};

/** Below this many rao of mass and of conviction a lock is nothing. */
export const LOCK_DUST_RAO = 100n;

const OLDEST = I64F64.fromInt(-40);

/** Nothing locked. */
export function emptyLock(block: bigint): Lock {
  return { massRao: 0n, convictionBits: 0n, block };
}

/** True for a lock too small to count. */
export function isDust({ massRao, convictionBits }: Pick<Lock, "massRao" | "convictionBits">): boolean {
  return massRao < LOCK_DUST_RAO && convictionBits < U64F64.fromInt(LOCK_DUST_RAO);
}

/**
 * A lock as it is at block `now`: decaying mass fell exponentially, conviction grew towards the mass and fell with it. What is left as dust
 * becomes nothing. A lock of a later block is only normalised. Throws E_ECONOMICS_INPUT.
 */
export function rollForward(lock: Lock, now: bigint, pace: LockPace): Lock {
  checkRao("massRao", lock.massRao);
  checkBits("convictionBits", lock.convictionBits);
  const moved = now > lock.block ? { ...decayed(lock, now - lock.block, pace), block: now } : lock;
  const rolled = pace.owner ? { ...moved, convictionBits: U64F64.fromInt(moved.massRao) } : moved;
  return isDust(rolled) ? emptyLock(rolled.block) : rolled;
}

/** Two locks as one, of the later block. */
export function mergeLocks(a: Lock, b: Lock): Lock {
  return {
    massRao: clampUnsigned(a.massRao + b.massRao, U64_MAX),
    convictionBits: U64F64.add(a.convictionBits, b.convictionBits),
    block: a.block > b.block ? a.block : b.block,
  };
}

/**
 * The sum of many locks after one of them went from `before` to `after`: it loses what that one lost and counts as up to date; where nothing was
 * lost, it is rolled forward itself. The others' change is then left out: the chain does it so.
 */
export function rollSum(sum: Lock, before: Lock, after: Lock, now: bigint, pace: LockPace): Lock {
  const lost = reduceLock(before, after);
  if (lost.massRao === 0n && lost.convictionBits === 0n) return rollForward(sum, now, pace);
  return { ...reduceLock(sum, lost), block: now };
}

/** A lock less some mass and conviction, neither below 0. */
export function reduceLock(lock: Lock, by: Pick<Lock, "massRao" | "convictionBits">): Lock {
  return {
    massRao: lock.massRao > by.massRao ? lock.massRao - by.massRao : 0n,
    convictionBits: U64F64.sub(lock.convictionBits, by.convictionBits),
    block: lock.block,
  };
}

/** The part of a lock's conviction that goes with `massRao` of its mass. U64F64 bits. */
export function convictionOfPart(lock: Lock, massRao: bigint): bigint {
  if (massRao === 0n || lock.massRao === 0n) return 0n;
  return U64F64.mul(lock.convictionBits, U64F64.safeDiv(U64F64.fromInt(massRao), U64F64.fromInt(lock.massRao)));
}

function decayed(lock: Lock, blocks: bigint, pace: LockPace): Pick<Lock, "massRao" | "convictionBits"> {
  const unlocking = decay(blocks, pace.unlockRate);
  const maturing = decay(blocks, pace.maturityRate);
  const mass = U64F64.fromInt(lock.massRao);
  return {
    massRao: pace.perpetual ? lock.massRao : toU64(U64F64.mul(unlocking, mass), U64F64),
    convictionBits: U64F64.add(
      U64F64.mul(maturing, lock.convictionBits),
      U64F64.mul(mass, earned(blocks, pace, unlocking, maturing)),
    ),
  };
}

/** Conviction earned per rao that was locked when the time began, U64F64 bits: the integral of what was locked, itself decaying. */
function earned(blocks: bigint, pace: LockPace, unlocking: bigint, maturing: bigint): bigint {
  const { unlockRate, maturityRate } = pace;
  if (pace.perpetual) return U64F64.sub(U64F64.one, maturing);
  if (unlockRate === maturityRate)
    return U64F64.mul(U64F64.safeDiv(U64F64.fromInt(blocks), U64F64.fromInt(maturityRate)), maturing);
  if (unlockRate === 0n || maturityRate === 0n) return 0n;
  const difference = convertFixed(unlocking, U64F64, I64F64) - convertFixed(maturing, U64F64, I64F64);
  const scaled = I64F64.mul(I64F64.fromInt(unlockRate), difference);
  const share = I64F64.safeDiv(scaled, I64F64.fromInt(unlockRate - maturityRate));
  return convertFixed(share, I64F64, U64F64);
}

/** e^(-blocks/rate) as U64F64 bits; nothing is left after 40 rates, and at a rate of 0 after the first block. */
function decay(blocks: bigint, rate: bigint): bigint {
  if (blocks === 0n) return U64F64.one;
  if (rate === 0n) return 0n;
  const exponent = I64F64.checkedDiv(I64F64.fromInt(-blocks), I64F64.fromInt(rate)) ?? OLDEST;
  return convertFixed(exp(exponent > OLDEST ? exponent : OLDEST, I64F64) ?? 0n, I64F64, U64F64);
}

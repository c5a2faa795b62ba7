import { appError } from "../../errors/app-error.ts";
import { U64_MAX } from "../../fixed/convert.ts";
import type { EpochInput, SparseRow } from "./types.ts";

/** Says what is wrong with a value, or nothing. */
type Check = (value: unknown) => string | undefined;

const MAX_U16 = 65_535;
/** A uid is u16. */
const MAX_UIDS = 65_536;

/** Checks that a snapshot is a possible state. Throws E_EPOCH_INPUT with the field's path and the reason; never repairs anything. */
export function validateEpochInput(input: EpochInput): void {
  validateSettingsAndUids(input);
  const n = input.registeredAt.length;
  checkRows("weights", input.weights, n);
  checkRows("bonds", input.bonds, n);
}

/** The part of {@link validateEpochInput} that does not look at the weight and bond rows. */
export function validateSettingsAndUids(input: Omit<EpochInput, "weights" | "bonds">): void {
  for (const field of ["block", "tempo", "activityCutoff", "lastStepBlock", "maxValidators"] as const)
    check(field, input[field], integer());
  check("kappa", input.kappa, integer(MAX_U16));
  check("bondsPenalty", input.bondsPenalty, integer(MAX_U16));
  check("bondsMovingAverage", input.bondsMovingAverage, integer());
  check("yuma3", input.yuma3, flag);
  check("commitReveal", input.commitReveal, flag);
  check("stakeThresholdRao", input.stakeThresholdRao, rao);
  check("emissionRao", input.emissionRao, rao);
  checkLiquidAlpha(input.liquidAlpha);
  if (!Array.isArray(input.registeredAt)) failEpochInput("registeredAt", "must be an array");
  const n = input.registeredAt.length;
  if (n > MAX_UIDS) failEpochInput("registeredAt", `must have at most ${MAX_UIDS} entries`);
  if (input.ownerUid !== null) check("ownerUid", input.ownerUid, uidBelow(n));
  checkStake(input.stake, n);
  checkEach("registeredAt", input.registeredAt, n, integer());
  checkEach("lastUpdate", input.lastUpdate, n, integer());
  checkEach("permits", input.permits, n, flag);
  const block = integer();
  checkEach("earliestCommit", input.earliestCommit, n, (value) => (value === null ? undefined : block(value)));
}

/** Throws E_EPOCH_INPUT. */
export function failEpochInput(field: string, reason: string): never {
  throw appError("E_EPOCH_INPUT", { field, reason });
}

function integer(max: number = Number.MAX_SAFE_INTEGER): Check {
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) return "must be an integer of at least 0";
    return (value as number) > max ? `must be at most ${max}` : undefined;
  };
}

const flag: Check = (value) => (typeof value === "boolean" ? undefined : "must be true or false");

const rao: Check = (value) => {
  if (typeof value !== "bigint") return "must be a bigint";
  if (value < 0n) return "must not be negative";
  return value > U64_MAX ? "must fit u64" : undefined;
};

function uidBelow(n: number): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < n ? undefined : `must be a uid below ${n}`;
}

function check(field: string, value: unknown, test: Check): void {
  const reason = test(value);
  if (reason !== undefined) failEpochInput(field, reason);
}

function checkLength(field: string, values: readonly unknown[], n: number): void {
  if (!Array.isArray(values)) failEpochInput(field, "must be an array");
  if (values.length !== n) failEpochInput(field, `must have ${n} entries like registeredAt, not ${values.length}`);
}

function checkEach(field: string, values: readonly unknown[], n: number, test: Check): void {
  checkLength(field, values, n);
  for (let uid = 0; uid < n; uid += 1) {
    const reason = test(values[uid]);
    if (reason !== undefined) failEpochInput(`${field}[${uid}]`, reason);
  }
}

function checkRows(field: string, rows: readonly SparseRow[], n: number): void {
  checkLength(field, rows, n);
  // Remembers the row in which a uid was last seen, so that no set is built per row.
  const seenIn = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i += 1) {
    const row: unknown = rows[i];
    if (!Array.isArray(row)) failEpochInput(`${field}[${i}]`, "must be an array of [uid, value]");
    for (let k = 0; k < row.length; k += 1) {
      const entry: unknown = row[k];
      if (!isEntry(entry, n)) failEntry(`${field}[${i}][${k}]`, entry, n);
      const uid = entry[0];
      if (seenIn[uid] === i) failEpochInput(`${field}[${i}][${k}].uid`, "appears twice in the row");
      seenIn[uid] = i;
    }
  }
}

/** A pair of a uid below n and a u16. Written for speed: dense networks have 10^5 of them. */
function isEntry(entry: unknown, n: number): entry is [number, number] {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const uid: unknown = entry[0];
  const value: unknown = entry[1];
  if (typeof uid !== "number" || typeof value !== "number") return false;
  return (
    uid >= 0 && uid < n && uid === Math.floor(uid) && value >= 0 && value <= MAX_U16 && value === Math.floor(value)
  );
}

/** Says what is wrong with an entry. */
function failEntry(field: string, entry: unknown, n: number): never {
  if (!Array.isArray(entry) || entry.length !== 2) failEpochInput(field, "must be a pair [uid, value]");
  const badUid = uidBelow(n)(entry[0]);
  if (badUid !== undefined) failEpochInput(`${field}.uid`, badUid);
  failEpochInput(`${field}.value`, integer(MAX_U16)(entry[1]) ?? `must be at most ${MAX_U16}`);
}

function checkStake(stake: EpochInput["stake"], n: number): void {
  switch (stake?.kind) {
    case "parts":
      check("stake.taoWeight", stake.taoWeight, rao);
      checkEach("stake.alphaRao", stake.alphaRao, n, rao);
      checkEach("stake.taoRao", stake.taoRao, n, rao);
      return;
    case "total":
      checkEach("stake.totalRao", stake.totalRao, n, rao);
      return;
    default:
      failEpochInput("stake.kind", 'must be "parts" or "total"');
  }
}

function checkLiquidAlpha(settings: EpochInput["liquidAlpha"]): void {
  if (settings === null) return;
  if (typeof settings !== "object") failEpochInput("liquidAlpha", "must be settings or null");
  check("liquidAlpha.low", settings.low, integer(MAX_U16));
  check("liquidAlpha.high", settings.high, integer(MAX_U16));
  if (settings.low > settings.high) failEpochInput("liquidAlpha.low", "must not be above liquidAlpha.high");
  const steep = settings.steepness;
  if (!Number.isInteger(steep) || steep < -32_768 || steep > 32_767)
    failEpochInput("liquidAlpha.steepness", "must fit i16");
}

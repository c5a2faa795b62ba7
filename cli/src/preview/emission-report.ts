import { U64_MAX } from "@subnetkit/shared/fixed/convert";
import { appError } from "@subnetkit/shared/errors/app-error";
import { coinsOfRao, raoOfCoins } from "./amount.ts";
import { type EmissionSchedule, type EmissionSpan, emissionSchedule } from "./emission-schedule.ts";
import { type TableColumn, tableLines } from "./table.ts";

/** The flags of `subnetkit emission` as the parser gives them. */
export type EmissionFlags = {
  readonly issuance?: string;
  readonly issuanceRao?: string;
  readonly days: string;
  readonly by?: string;
  readonly blocksPerDay: string;
  readonly json?: boolean;
};

const MAX_DAYS = 100_000;
/** Up to here the table has a row per day unless another one is asked for. */
const DAILY_UP_TO = 60;
const HALVINGS_SHOWN = 5;

/** Renders the schedule for stdout. Throws E_USAGE naming the flag. */
export function emissionReport(flags: EmissionFlags, width: number): string {
  const issuanceRao = issuanceOf(flags);
  const days = whole("--days", flags.days, 1, MAX_DAYS);
  const blocksPerDay = whole("--blocks-per-day", flags.blocksPerDay, 1, 1_000_000);
  const by = flags.by ?? (days <= DAILY_UP_TO ? "day" : "halving");
  if (by !== "day" && by !== "halving") throw usage(`--by wants day or halving, not ${JSON.stringify(flags.by)}`);
  const schedule = emissionSchedule(issuanceRao, days, blocksPerDay, HALVINGS_SHOWN);
  return flags.json ? documentText(schedule, by) : scheduleText(schedule, by, width);
}

function scheduleText(schedule: EmissionSchedule, by: "day" | "halving", width: number): string {
  const { issuanceRao, days, blocksPerDay, halvings } = schedule;
  const spans = by === "day" ? schedule.perDay : schedule.perHalving;
  const columns: TableColumn<EmissionSpan>[] = [
    { title: by === "day" ? "DAY" : "FROM DAY", right: true, cell: ({ day }) => String(day) },
    { title: "BLOCKS", right: true, cell: ({ blocks }) => String(blocks), keep: 1 },
    { title: "TAO/BLOCK", right: true, cell: ({ emissionRao }) => coinsOfRao(emissionRao), keep: 2 },
    {
      title: "TAO/DAY",
      right: true,
      cell: ({ mintedRao, emissionRao }) => coinsOfRao(by === "day" ? mintedRao : emissionRao * BigInt(blocksPerDay)),
    },
    ...(by === "day"
      ? []
      : [{ title: "MINTED", right: true, cell: ({ mintedRao }: EmissionSpan) => coinsOfRao(mintedRao), keep: 3 }]),
    { title: "ISSUANCE AFTER", right: true, cell: ({ issuanceAfterRao }) => coinsOfRao(issuanceAfterRao) },
  ];
  const next: TableColumn<EmissionSchedule["halvings"][number]>[] = [
    { title: "NEXT HALVING AFTER DAYS", right: true, cell: ({ afterDays }) => afterDays.toFixed(2) },
    { title: "BLOCKS", right: true, cell: ({ afterBlocks }) => String(afterBlocks), keep: 1 },
    { title: "ISSUANCE", right: true, cell: (halving) => coinsOfRao(halving.issuanceRao) },
    { title: "TAO/BLOCK", right: true, cell: ({ emissionRao }) => coinsOfRao(emissionRao) },
  ];
  return `${[
    `issuance ${coinsOfRao(issuanceRao)} TAO (${issuanceRao} rao), ${days} days of ${blocksPerDay} blocks`,
    "",
    ...tableLines(columns, spans, width),
    "",
    ...(halvings.length === 0 ? ["nothing is minted any more"] : tableLines(next, halvings, width)),
  ].join("\n")}\n`;
}

function documentText(schedule: EmissionSchedule, by: "day" | "halving"): string {
  const { perDay, perHalving, ...rest } = schedule;
  const document = { v: 1, ...rest, by, spans: by === "day" ? perDay : perHalving };
  return `${JSON.stringify(document, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;
}

function issuanceOf({ issuance, issuanceRao }: EmissionFlags): bigint {
  if ((issuance === undefined) === (issuanceRao === undefined))
    throw usage("give the issuance once: --issuance in TAO, or --issuance-rao");
  const rao =
    issuance !== undefined ? raoOfCoins(issuance) : /^\d{1,30}$/.test(issuanceRao!) ? BigInt(issuanceRao!) : undefined;
  if (rao !== undefined && rao <= U64_MAX) return rao;
  throw usage(
    issuance !== undefined
      ? `--issuance wants TAO (up to nine decimals), not ${JSON.stringify(issuance)}`
      : `--issuance-rao wants whole rao below 2^64, not ${JSON.stringify(issuanceRao)}`,
  );
}

function whole(flag: string, text: string, min: number, max: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw usage(`${flag} wants a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

function usage(problem: string): Error {
  return appError("E_USAGE", { problem, remedies: ["npx subnetkit emission --help"] });
}

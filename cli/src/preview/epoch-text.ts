import { shortAddress } from "../local/view/format.ts";
import { coinsOfRao } from "./amount.ts";
import type { EpochPreview, NeuronPreview } from "./preview-epoch.ts";
import type { Snapshot } from "./snapshot.ts";
import { type PaintCell, type TableColumn, tableLines } from "./table.ts";
import type { ComparedValues, NeuronChange, WeightsEffect } from "./weights-effect.ts";

/** How text is laid out: cells of a line, and how a word is coloured (or left alone). */
export type Layout = {
  readonly width: number;
  readonly colour: (name: "bold" | "green" | "red", text: string) => string;
};

/** Entries of a bond row that are printed for one uid. */
const MAX_BONDS_SHOWN = 256;

/** The whole epoch as a table; `uid` stands out, or is null. */
export function epochText(snapshot: Snapshot, preview: EpochPreview, uid: number | null, layout: Layout): string {
  const columns = neuronColumns(snapshot);
  const paint: PaintCell<NeuronPreview> = (padded, row) => (row.uid === uid ? layout.colour("bold", padded) : padded);
  const lines = [heading(snapshot), "", ...tableLines(columns, preview.neurons, layout.width, paint)];
  if (uid !== null) lines.push("", ...detailLines(preview.neurons[uid]!));
  return `${lines.join("\n")}\n`;
}

/** What proposed weights change: the proposer's own values, then every uid that differs. */
export function effectText(snapshot: Snapshot, effect: WeightsEffect, layout: Layout): string {
  const { uid, mechanism, row } = effect.proposed;
  const place = snapshot.mechanisms.length > 1 ? ` in mechanism ${mechanism}` : "";
  return `${[
    heading(snapshot),
    `uid ${uid} sets ${row.length} weights${place}; stored (largest 65535): ${pairs(row)}`,
    "",
    ...mineLines(effect.mine, layout),
    "",
    ...changeLines(effect, layout),
  ].join("\n")}\n`;
}

function heading({ netuid, shared, mechanisms }: Snapshot): string {
  const uids = shared.registeredAt.length;
  const many = mechanisms.length === 1 ? "" : `, ${mechanisms.length} mechanisms`;
  const rule = shared.yuma3 ? (shared.liquidAlpha === null ? "Yuma3" : "Yuma3 with liquid alpha") : "classic bonds";
  return `${netuid === null ? "epoch" : `subnet ${netuid}, epoch`} at block ${shared.block}: ${uids} uids${many}, ${rule}, emission ${coinsOfRao(shared.emissionRao)} alpha`;
}

function neuronColumns({ hotkeys, mechanisms }: Snapshot): TableColumn<NeuronPreview>[] {
  const many = mechanisms.length > 1;
  return [
    { title: "UID", right: true, cell: ({ uid }) => String(uid) },
    ...(hotkeys === null
      ? []
      : [
          {
            title: "HOTKEY",
            right: false,
            cell: ({ hotkey }: NeuronPreview) => shortAddress(hotkey ?? ""),
            keep: 3,
          },
        ]),
    { title: "FLAGS", right: false, cell: flagsOf, keep: 5 },
    { title: "STAKE", right: true, cell: ({ stakeWeight }) => share(stakeWeight), keep: 4 },
    { title: "CONSENSUS", right: true, cell: ({ consensus }) => share(consensus), keep: 6 },
    ...mechanisms.map((_, k) => ({
      title: many ? `INCENTIVE ${k}` : "INCENTIVE",
      right: true,
      cell: ({ incentive }: NeuronPreview) => share(incentive[k]!),
      ...(many && k > 0 ? { keep: 2 - k / 100 } : {}),
    })),
    { title: "DIVIDENDS", right: true, cell: ({ dividends }) => share(dividends) },
    { title: "VTRUST", right: true, cell: ({ validatorTrust }) => share(validatorTrust), keep: 7 },
    { title: "BONDS", right: true, cell: ({ bonds }) => bonds.map((row) => row.length).join("+"), keep: 1 },
    { title: "ALPHA", right: true, cell: ({ emissionRao }) => coinsOfRao(emissionRao) },
  ];
}

function detailLines(neuron: NeuronPreview): string[] {
  const { uid, hotkey, serverEmissionRao, validatorEmissionRao, emissionRao, bonds } = neuron;
  return [
    `uid ${uid}${hotkey === null ? "" : ` ${hotkey}`}: ${neuron.active ? "active" : "inactive"}, ${neuron.permit ? "validator permit" : "no validator permit"} from the next epoch on`,
    `  paid for mining      ${serverEmissionRao} rao (${coinsOfRao(serverEmissionRao)} alpha)`,
    `  paid for validating  ${validatorEmissionRao} rao (${coinsOfRao(validatorEmissionRao)} alpha)`,
    `  stored emission      ${emissionRao} rao`,
    ...bonds.map((row, k) => `  bonds${bonds.length > 1 ? ` ${k}` : "  "}              ${pairs(row)}`),
  ];
}

function mineLines(mine: NeuronChange, layout: Layout): string[] {
  const row = (name: string, pick: (values: ComparedValues) => bigint | number, shown: typeof shownRao) => ({
    name,
    ...shown(BigInt(pick(mine.before)), BigInt(pick(mine.after))),
  });
  const rows = [
    row("validator trust", (values) => values.validatorTrust, shownShare),
    row("dividends", (values) => values.dividends, shownShare),
    row("incentive", (values) => values.incentive, shownShare),
    row("emission (alpha)", (values) => values.emissionRao, shownRao),
  ];
  const columns: TableColumn<(typeof rows)[number]>[] = [
    { title: `UID ${mine.uid}`, right: false, cell: ({ name }) => name },
    { title: "BEFORE", right: true, cell: ({ before }) => before },
    { title: "AFTER", right: true, cell: ({ after }) => after },
    { title: "CHANGE", right: true, cell: ({ change }) => change },
  ];
  return tableLines(columns, rows, layout.width, (padded, { change }, title) =>
    title === "CHANGE" ? signed(change, padded, layout) : padded,
  );
}

function changeLines({ changes, before }: WeightsEffect, layout: Layout): string[] {
  const unchanged = before.neurons.length - changes.length;
  if (changes.length === 0) return ["no uid changes"];
  const values = (pick: (of: ComparedValues) => number) => (change: NeuronChange) =>
    shownShare(BigInt(pick(change.before)), BigInt(pick(change.after)));
  const incentive = values((of) => of.incentive);
  const dividends = values((of) => of.dividends);
  const consensus = values((of) => of.consensus);
  const emission = (change: NeuronChange) => shownRao(change.before.emissionRao, change.after.emissionRao);
  const columns: TableColumn<NeuronChange>[] = [
    { title: "UID", right: true, cell: ({ uid }) => String(uid) },
    { title: "CONSENSUS", right: true, cell: (row) => consensus(row).after, keep: 1 },
    { title: "CHANGE c", right: true, cell: (row) => consensus(row).change, keep: 2 },
    { title: "INCENTIVE", right: true, cell: (row) => incentive(row).after, keep: 5 },
    { title: "CHANGE i", right: true, cell: (row) => incentive(row).change, keep: 6 },
    { title: "DIVIDENDS", right: true, cell: (row) => dividends(row).after, keep: 3 },
    { title: "CHANGE d", right: true, cell: (row) => dividends(row).change, keep: 4 },
    { title: "ALPHA BEFORE", right: true, cell: (row) => emission(row).before, keep: 8 },
    { title: "ALPHA AFTER", right: true, cell: (row) => emission(row).after, keep: 9 },
    { title: "CHANGE", right: true, cell: (row) => emission(row).change },
  ];
  const lines = tableLines(columns, changes, layout.width, (padded, _, title) =>
    title.startsWith("CHANGE") ? signed(padded.trim(), padded, layout) : padded,
  );
  return unchanged === 0 ? lines : [...lines, `${unchanged} uids do not change`];
}

/** `A` active, `-` inactive; `V` a validator permit from the next epoch on. */
function flagsOf({ active, permit }: NeuronPreview): string {
  return `${active ? "A" : "-"}${permit ? "V" : "-"}`;
}

/** A u16 fraction with five decimals: two neighbouring values never look the same. */
function share(u16: number): string {
  return (u16 / 65_535).toFixed(5);
}

function shownShare(before: bigint, after: bigint): { before: string; after: string; change: string } {
  const change = Number(after - before);
  return {
    before: share(Number(before)),
    after: share(Number(after)),
    change: change === 0 ? "0" : `${change > 0 ? "+" : "-"}${share(Math.abs(change))}`,
  };
}

function shownRao(before: bigint, after: bigint): { before: string; after: string; change: string } {
  const change = after - before;
  return {
    before: coinsOfRao(before),
    after: coinsOfRao(after),
    change: change === 0n ? "0" : `${change > 0n ? "+" : ""}${coinsOfRao(change)}`,
  };
}

function signed(change: string, padded: string, { colour }: Layout): string {
  if (change.startsWith("+")) return colour("green", padded);
  return change.startsWith("-") ? colour("red", padded) : padded;
}

function pairs(row: readonly (readonly [number, number])[]): string {
  if (row.length === 0) return "none";
  const shown = row.slice(0, MAX_BONDS_SHOWN).map(([uid, value]) => `${uid}:${value}`);
  const rest = row.length - shown.length;
  return `${shown.join(" ")}${rest > 0 ? ` and ${rest} more (--json has all)` : ""}`;
}

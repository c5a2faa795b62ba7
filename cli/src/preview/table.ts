/** One column of a printed table. `keep` orders what goes first when the table is too wide: the smallest; undefined never goes. */
export type TableColumn<Row> = {
  readonly title: string;
  readonly right: boolean;
  readonly cell: (row: Row) => string;
  readonly keep?: number;
};

/** Makes a padded cell stand out. */
export type PaintCell<Row> = (padded: string, row: Row, title: string) => string;

/** The table as lines, aligned, the columns chosen so that no line is longer than `width` cells (as far as columns may go). */
export function tableLines<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  width: number,
  paint: PaintCell<Row> = (padded) => padded,
): string[] {
  const cells = new Map(columns.map((column) => [column, rows.map((row) => column.cell(row))]));
  const widthOf = (column: TableColumn<Row>): number =>
    cells.get(column)!.reduce((most, text) => Math.max(most, text.length), column.title.length);
  const widths = new Map(columns.map((column) => [column, widthOf(column)]));
  const kept = fitting(columns, widths, width);
  const pad = (text: string, column: TableColumn<Row>): string =>
    column.right ? text.padStart(widths.get(column)!) : text.padEnd(widths.get(column)!);
  const line = (text: (column: TableColumn<Row>) => string): string => kept.map(text).join("  ").trimEnd();
  return [
    line((column) => pad(column.title, column)),
    ...rows.map((row, i) => line((column) => paint(pad(cells.get(column)![i]!, column), row, column.title))),
  ];
}

function fitting<Row>(
  columns: readonly TableColumn<Row>[],
  widths: ReadonlyMap<TableColumn<Row>, number>,
  width: number,
): readonly TableColumn<Row>[] {
  let kept = columns;
  const total = (): number => kept.reduce((sum, column) => sum + widths.get(column)! + 2, -2);
  const victims = columns.filter(({ keep }) => keep !== undefined).sort((a, b) => a.keep! - b.keep!);
  for (const victim of victims) {
    if (total() <= width) break;
    kept = kept.filter((column) => column !== victim);
  }
  return kept;
}

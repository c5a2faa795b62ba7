/** What a settle found before it changed anything: kept as long as the plan, so that the round can be accounted for after a crash too. */
export type BeforeSettle = {
  /** The round settled before, -1 for none. */
  readonly previous: number;
  /** The moving averages of the hotkeys of the round that had one. */
  readonly emas: ReadonlyMap<string, number>;
};

/** Reads the lines that the settle script leaves: the round, then `hotkey ema` for every hotkey that had one. */
export function parseBeforeSettle(text: string): BeforeSettle {
  const [previous, ...rows] = text.split("\n");
  return {
    previous: Number(previous),
    emas: new Map(
      rows.map((row): [string, number] => {
        const space = row.indexOf(" ");
        return [row.slice(0, space), Number(row.slice(space + 1))];
      }),
    ),
  };
}

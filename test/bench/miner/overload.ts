import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../chain/measure.ts";
import { type Line, openLine, signedText } from "./load.ts";
import { startServer } from "./process.ts";
import { callers, slowTasks } from "./subnet.ts";

/** Goodput at three times the capacity against the peak, and who is served then: four callers that ask alike, with stakes of 1,000 to 10. */
export async function overload(quick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const task of slowTasks) rows.push(...(await overloadOf(task, quick ? 4_000 : 8_000)));
  return rows;
}

async function overloadOf({ target, ms }: (typeof slowTasks)[number], durationMs: number): Promise<Row[]> {
  const server = await startServer("overload");
  try {
    const port = await server.ask("port");
    // Four callers that wait for each answer keep both places of the solver busy and no queue to speak of.
    await steady(port, target, 500);
    const peak = sum(await steady(port, target, durationMs)) / durationMs;
    const { served, statuses, elapsedMs } = await flood({ port, path: target }, 3 * peak, durationMs);
    const goodput = sum(served) / elapsedMs;
    const shares = served.map((count, i) => `${callers[i]?.name}: ${Math.round((100 * count) / sum(served))} %`);
    return [
      { what: `answers per second at the peak, ${ms} ms each`, cpu: peak * 1000, wall: peak * 1000, unit: "/s" },
      {
        what: "goodput at three times the capacity",
        cpu: goodput / peak,
        wall: goodput / peak,
        unit: "of the peak",
        budget: 0.9,
        better: "more",
        note: [...statuses].map(([status, count]) => `${status}: ${count}`).join(", "),
      },
      {
        what: "highest stake over lowest, share of the answers",
        cpu: (served[0] ?? 0) / Math.max(1, served.at(-1) ?? 0),
        wall: (served[0] ?? 0) / Math.max(1, served.at(-1) ?? 0),
        unit: "times",
        budget: 2,
        better: "more",
        note: shares.join(", "),
      },
    ];
  } finally {
    await server.stop();
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Each caller with one connection, asking again as soon as it is answered; answers by caller. */
async function steady(port: number, path: string, durationMs: number): Promise<number[]> {
  const endMs = performance.now() + durationMs;
  return Promise.all(
    callers.map(async ({ keypair }) => {
      const line = await openLine(port);
      let answered = 0;
      while (performance.now() < endMs) if ((await line.send(signedText({ keypair, path }))) === 200) answered++;
      line.close();
      return answered;
    }),
  );
}

/** So many requests per millisecond, whether answered or not, from all callers alike; answers by caller. */
async function flood(
  { port, path }: { readonly port: number; readonly path: string },
  perMs: number,
  durationMs: number,
): Promise<{ readonly served: number[]; readonly statuses: ReadonlyMap<number, number>; readonly elapsedMs: number }> {
  const answered = callers.map(() => 0);
  const statuses = new Map<number, number>();
  const idle: Line[] = [];
  const pending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let sent = 0; sent < perMs * durationMs; sent++) {
    const waitMs = startedMs + sent / perMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    if (performance.now() > startedMs + durationMs) break;
    const who = sent % callers.length;
    const caller = callers[who];
    if (caller === undefined) break;
    const line = idle.pop() ?? (await openLine(port));
    pending.push(
      line.send(signedText({ keypair: caller.keypair, path })).then((status) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) answered[who] = (answered[who] ?? 0) + 1;
        if (status === 0) line.close();
        else idle.push(line);
      }),
    );
  }
  await Promise.all(pending);
  // What was still waiting at the end was answered after it.
  const elapsedMs = performance.now() - startedMs;
  for (const line of idle) line.close();
  return { served: answered, statuses, elapsedMs };
}

import { type Row, sizeRow } from "../chain/measure.ts";
import { openStage } from "./whole.ts";

/** From starting the process until its first round is counted, on a subnet of 256 neurons. */
export async function start({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const stage = await openStage();
  const times: { ready: number; round: number; cpu: number }[] = [];
  for (let i = 0; i < (quick ? 2 : 5); i++) {
    const startedAt = performance.now();
    let [ready, cpu] = [0, 0];
    const round = await new Promise<number>((resolve) => {
      const validator = stage.validator(({ type }) => {
        const at = performance.now() - startedAt;
        if (type === "process.ready") {
          ready = at;
          void stage.block();
        }
        if (type !== "round.finished") return;
        cpu = validator.cpuSeconds();
        void validator.stop().then(() => resolve(at));
      });
    });
    times.push({ ready, round, cpu: cpu * 1_000 });
  }
  await stage.close();
  const middle = (values: number[]): number => (values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN) / 1_000;
  return [
    sizeRow("start to ready, 256 neurons", middle(times.map(({ ready }) => ready)), "s"),
    {
      ...sizeRow("start to the first round counted, 256 neurons", middle(times.map(({ cpu }) => cpu)), "s", 3),
      wall: middle(times.map(({ round }) => round)),
    },
  ];
}

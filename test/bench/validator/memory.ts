import { type Row, sizeRow } from "../chain/measure.ts";
import { openStage } from "./whole.ts";

/** Resident memory of a whole validator over many rounds of 255 miners, with evidence; a block is made whenever a round is counted. */
export async function memory({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const rounds = quick ? 600 : 10_000;
  const stage = await openStage();
  const samples: number[] = [];
  let done = 0;
  await new Promise<void>((resolve) => {
    const validator = stage.validator(({ type }) => {
      if (type === "process.ready") void stage.block();
      if (type !== "round.finished") return;
      done += 1;
      if (done % Math.ceil(rounds / 20) === 0) {
        samples.push(validator.rssMib());
        process.stderr.write(`${done} of ${rounds} rounds, ${Math.round(samples.at(-1) ?? 0)} MiB\n`);
      }
      if (done < rounds) void stage.block();
      else void validator.stop().then(resolve);
    });
  });
  await stage.close();
  const most = Math.max(...samples);
  const early = samples[Math.floor(samples.length / 5)] ?? Number.NaN;
  const last = Math.max(...samples.slice(-3));
  const note = samples.map((mib) => Math.round(mib)).join(" ");
  return [
    sizeRow(`memory over ${rounds.toLocaleString("en-US")} rounds, the most`, most, "MiB", 250),
    sizeRow("memory at the end over that after a fifth of them", last / early, "times", 1.1, note),
  ];
}

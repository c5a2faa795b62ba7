// A worker process of its own: what the crash test kills. Its input is one JSON argument; it works until it is killed.
import { localAxon, metagraph, neuron } from "./metagraph.ts";
import { createRoundPart } from "./round-part.ts";

/** What the process is told. */
export type RoundWorkerInput = {
  readonly url: string;
  readonly prefix: string;
  readonly validator: string;
  readonly miners: readonly { readonly hotkey: string; readonly port: number }[];
};

const input = JSON.parse(process.argv[2] ?? "{}") as RoundWorkerInput;
const view = metagraph([
  neuron({ uid: 0, hotkey: input.validator, validatorPermit: true }),
  ...input.miners.map(({ hotkey, port }, i) => neuron({ uid: i + 1, hotkey, axon: localAxon(port) })),
]);
// Any plan job is timely here: the round of the newest head is whatever is asked for.
const part = await createRoundPart({
  url: input.url,
  prefix: input.prefix,
  head: () => ({ number: 10, hash: "0x10" }),
  metagraph: () => view,
  roundMs: 60_000,
  timeoutMs: 20_000,
});
part.workers.run();
process.stdout.write("ready\n");

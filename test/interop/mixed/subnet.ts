import { accuracy } from "@subnetkit/shared/scoring";
import { defineSolvers, defineSubnet, defineTask, defineVariants, randomInt } from "@subnetkit/shared/subnet";
import { z } from "zod";

/** Numbers per request; miners differ in how many of them they square rightly. */
const NUMBERS = 8;
const numbers = z.array(z.number().int().min(0).max(1_000_000)).length(NUMBERS);

/** In Python: squares.py, of which validator and axons are made. */
const squares = defineTask({
  id: "squares",
  request: z.object({ numbers }),
  response: z.object({ squares: numbers }),
  limits: { timeoutMs: 4_000, maxResponseBytes: 4_096 },
  axon: { hashFields: ["numbers"] },
  challenge({ random }) {
    const drawn = Array.from({ length: NUMBERS }, () => 1 + randomInt(random, 999));
    return { request: { numbers: drawn }, key: drawn.map((number) => number * number) };
  },
  scorer: { kind: "each", score: ({ key }, { body }) => accuracy(body.squares, key) },
});

const subnet = defineSubnet({
  name: "mixed",
  version: 1,
  description: "Miners square numbers; the score is the part that is right.",
  tasks: { squares },
  weights: { ema: 0.5, shape: { kind: "linear" } },
  roundBlocks: 10,
});
export default subnet;

/** Squares the first few numbers and knows nothing of the rest. */
const first = (right: number) =>
  defineSolvers<typeof subnet>({
    squares: async (request) => ({
      squares: request.numbers.map((number, at) => (at < right ? number * number : 0)),
    }),
  });

export const solvers = first(NUMBERS);
export const variants = defineVariants<typeof subnet>({
  half: { label: "every second right", solvers: first(NUMBERS / 2) },
});

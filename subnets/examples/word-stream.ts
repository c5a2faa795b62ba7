/** A subnet whose answers come piece by piece: `npm start -- --subnet subnets/examples/word-stream.ts`. Miners spell numbers in words; each word is a chunk. */
import { accuracy } from "@subnetkit/shared/scoring";
import { defineSolvers, defineSubnet, defineTask, defineVariants, randomInt } from "@subnetkit/shared/subnet";
import { z } from "zod";

const DIGITS = 24;
const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] as const;
const word = z.string().max(8);

const spell = defineTask({
  id: "spell",
  request: z.object({ number: z.string().regex(/^\d+$/).length(DIGITS) }),
  response: z.object({ words: z.array(word).max(DIGITS) }),
  limits: { timeoutMs: 2_000, maxResponseBytes: 1_024 },
  // A validator that asks for a stream gets words as they are made; everybody else, and the scorer, gets what they add up to.
  streaming: { chunk: word, assemble: (words) => ({ words: [...words] }) },
  axon: { stream: true },
  challenge(env) {
    const digits = Array.from({ length: DIGITS }, () => randomInt(env.random, 10));
    return { request: { number: digits.join("") }, key: digits.map((digit) => names[digit] ?? "") };
  },
  scorer: { kind: "each", score: ({ key }, reply) => accuracy(reply.body.words, key) },
});

const subnet = defineSubnet({
  name: "word-stream",
  version: 1,
  description: "Miners spell numbers in words, one word after the other.",
  tasks: { spell },
  local: {
    miners: [
      { variant: "default", label: "spells" },
      { variant: "half", label: "stops half-way" },
    ],
  },
});
export default subnet;

/** Yields the words of the first `count` digits. A generator ends by itself when nobody waits any more. */
const speller = (count: number) =>
  defineSolvers<typeof subnet>({
    async *spell({ number }) {
      for (const digit of number.slice(0, count)) yield names[Number(digit)] ?? "";
    },
  });

export const solvers = speller(DIGITS);
export const variants = defineVariants<typeof subnet>({
  half: { label: "half", solvers: speller(DIGITS / 2) },
});

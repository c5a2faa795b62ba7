/** A complete subnet in one file: `npm start -- --subnet subnets/examples/word-sort.ts`. Miners sort words; the score is the part of the places they get right. */
import { accuracy } from "@subnetkit/shared/scoring";
import { defineSolvers, defineSubnet, defineTask, defineVariants, randomInt } from "@subnetkit/shared/subnet";
import { z } from "zod";

const WORDS = 40;
const letters = "abcdefgh";
const words = z.array(z.string().max(8)).length(WORDS);

const sort = defineTask({
  id: "sort",
  request: z.object({ words }), // what a miner is sent
  response: z.object({ words }), // what it must answer; anything else scores 0
  limits: { timeoutMs: 1500, maxResponseBytes: 2048 },
  // Draws a challenge. The key stays with the validator. env.random() is seeded: the round can be replayed.
  challenge(env) {
    const letter = () => letters[randomInt(env.random, letters.length)];
    const drawn = Array.from({ length: WORDS }, () =>
      Array.from({ length: 3 + randomInt(env.random, 6) }, letter).join(""),
    );
    return { request: { words: drawn }, key: drawn.toSorted() };
  },
  // Sees only replies that came in time, were signed and fit the schema. Returns 0 to 1.
  scorer: { kind: "each", score: ({ key }, reply) => accuracy(reply.body.words, key) },
});

const subnet = defineSubnet({
  name: "word-sort",
  version: 1,
  description: "Miners sort words; the score is the part of the places they get right.",
  tasks: { sort },
  weights: { shape: { kind: "power", exponent: 2 } },
  local: {
    miners: [
      { variant: "default", label: "sorts" },
      { variant: "byTwoLetters", label: "sorts by two letters" },
      { variant: "byFirstLetter", label: "sorts by one letter" },
      { variant: "echo", label: "sends them back" },
    ],
  },
});
export default subnet;

/** Sorts by the first few letters of each word. */
const byPrefix = (length: number) =>
  defineSolvers<typeof subnet>({
    sort: async (request) => ({
      words: request.words.toSorted((a, b) => a.slice(0, length).localeCompare(b.slice(0, length), "en")),
    }),
  });

export const solvers = byPrefix(8);
export const variants = defineVariants<typeof subnet>({
  byTwoLetters: { label: "by two letters", solvers: byPrefix(2) },
  byFirstLetter: { label: "by one letter", solvers: byPrefix(1) },
  echo: { label: "echo", solvers: defineSolvers<typeof subnet>({ sort: (request) => request }) },
});

import {
  type AnySolvers,
  type Challenge,
  defineSolvers,
  defineSubnet,
  defineTask,
  defineVariants,
  makeChallenge,
  type RequestJson,
  type Solvers,
} from "@subnetkit/shared/subnet";
import { z } from "zod";
import { type addSubnet, addTask } from "./fixtures.ts";

/*
 * What must not compile. `npm run typecheck` covers this file and fails when an expected error is missing; the functions are never run.
 */

const base = {
  request: z.object({ text: z.string() }),
  response: z.object({ length: z.int() }),
  limits: { timeoutMs: 1000, maxResponseBytes: 100 },
};

export const mistakes = {
  keyInTheRequest: () =>
    defineTask({
      ...base,
      id: "leak",
      // @ts-expect-error the request has a field that its schema does not have: the answer would travel
      challenge: () => ({ request: { text: "abc", answer: 3 }, key: 3 }),
      scorer: { kind: "each", score: () => 1 },
    }),

  keyAsTheRequest: () =>
    defineTask({
      ...base,
      id: "leak",
      // @ts-expect-error the key where the request should be
      challenge: () => ({ request: { length: 3 }, key: { text: "abc" } }),
      scorer: { kind: "each", score: () => 1 },
    }),

  keyOfAnotherType: () =>
    defineTask({
      ...base,
      id: "mismatch",
      challenge: () => ({ request: { text: "abc" }, key: { length: 3 } }),
      // @ts-expect-error the scorer reads a field that the key does not have
      scorer: { kind: "each", score: ({ key }, { body }) => (body.length === key.size ? 1 : 0) },
    }),

  wrongFieldOfTheReply: () =>
    defineTask({
      ...base,
      id: "mismatch",
      challenge: () => ({ request: { text: "abc" }, key: 3 }),
      // @ts-expect-error the scorer reads a field that the response schema does not have
      scorer: { kind: "each", score: ({ key }, { body }) => (body.size === key ? 1 : 0) },
    }),

  noScorer: () =>
    // @ts-expect-error a task needs a scorer
    defineTask({ ...base, id: "none", challenge: () => ({ request: { text: "abc" }, key: 3 }) }),

  scoresOfTheWrongKind: () =>
    defineTask({
      ...base,
      id: "kind",
      challenge: () => ({ request: { text: "abc" }, key: 3 }),
      // @ts-expect-error a round scorer gives one score per reply, not one number
      scorer: { kind: "round", score: (_: Challenge<{ text: string }, number>) => 1 },
    }),

  wrongResponse: () =>
    defineSolvers<typeof addSubnet>({
      // @ts-expect-error the response has another shape
      add: async ({ a, b }) => ({ total: a + b }),
    }),

  wrongResponseType: () =>
    defineSolvers<typeof addSubnet>({
      // @ts-expect-error the sum is a number
      add: ({ a, b }) => ({ sum: `${a + b}` }),
    }),

  wrongRequest: () =>
    defineSolvers<typeof addSubnet>({
      // @ts-expect-error there is no c in the request
      add: ({ a, c }) => ({ sum: a + c }),
    }),

  missingSolver: () =>
    // @ts-expect-error there is no function for the task add
    defineSolvers<typeof addSubnet>({}),

  solverOfAnUnknownTask: () =>
    // @ts-expect-error the subnet has no task sub
    defineSolvers<typeof addSubnet>({ add: ({ a, b }) => ({ sum: a + b }), sub: () => ({ sum: 0 }) }),

  variantWithoutSolvers: () =>
    // @ts-expect-error a variant has solvers
    defineVariants<typeof addSubnet>({ lazy: { label: "lazy" } }),

  taskThatIsNone: () =>
    // @ts-expect-error a task is made by defineTask
    defineSubnet({ name: "x", version: 1, description: "x", tasks: { add: { id: "add" } } }),

  sendingTheKey: async (send: (body: RequestJson) => void) => {
    const made = await makeChallenge(addTask, { block: 1, seed: "s", random: Math.random });
    send(made.requestJson);
    // @ts-expect-error only the text made from the request may be sent
    send(JSON.stringify(made.challenge.key));
    // @ts-expect-error nor the challenge as a whole
    send(made.challenge);
  },

  streamOfATaskThatDoesNot: () =>
    defineSolvers<typeof addSubnet>({
      // @ts-expect-error the task has no `streaming`
      async *add({ a, b }) {
        yield { sum: a + b };
      },
    }),

  wrongChunk: () =>
    defineSolvers<typeof streamedSubnet>({
      // @ts-expect-error a chunk is text
      async *count() {
        yield 5;
      },
    }),
};

const streamed = defineTask({
  ...base,
  id: "count",
  streaming: { chunk: z.string(), assemble: (chunks) => ({ length: chunks.join("").length }) },
  challenge: () => ({ request: { text: "abc" }, key: 3 }),
  scorer: { kind: "each", score: ({ key }, { body }) => (body.length === key ? 1 : 0) },
});
const streamedSubnet = defineSubnet({ name: "x", version: 1, description: "x", tasks: { count: streamed } });

/** What must compile: the request and key types reach scorers and solvers, asynchronous challenges included. */
export const wellTyped = {
  asynchronous: () =>
    defineTask({
      ...base,
      id: "async",
      challenge: async (env) => ({ request: { text: String(env.random()) }, key: { length: 3, words: ["a"] } }),
      scorer: {
        kind: "round",
        score: ({ key, request }, replies) =>
          replies.map(({ body }) => (body.length === key.words.length + request.text.length ? 1 : 0)),
      },
    }),
  known: (): Solvers<typeof addSubnet> =>
    defineSolvers<typeof addSubnet>({ add: ({ a, b }, env) => ({ sum: a + b + Number(env.validator.stakeRao) }) }),
  streaming: () => [
    defineSolvers<typeof streamedSubnet>({
      async *count({ text }) {
        yield* text;
      },
    }),
    defineSolvers<typeof streamedSubnet>({ count: ({ text }) => ({ length: text.length }) }),
  ],
  unknown: (solvers: Solvers<typeof addSubnet>): AnySolvers => solvers,
};

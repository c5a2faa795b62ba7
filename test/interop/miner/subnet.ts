import { defineSolvers, defineSubnet, defineTask, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { z } from "zod";

const limits = { timeoutMs: 3_000, maxResponseBytes: 10_000 };

const echo = defineTask({
  id: "echo",
  request: z.object({ text: z.string().max(1_000) }),
  response: z.object({ echoed: z.string().max(1_000) }),
  limits,
  challenge: () => ({ request: { text: "hello" }, key: "hello" }),
  scorer: { kind: "each", score: ({ key }, { body }) => (body.echoed === key ? 1 : 0) },
});

/** One field of every JSON kind, all of them in the body hash. */
const hashed = defineTask({
  id: "hashed",
  request: z.object({
    text: z.string().max(1_000),
    count: z.number(),
    ratio: z.number(),
    flag: z.boolean(),
    items: z.array(z.unknown()).max(50),
    table: z.record(z.string(), z.unknown()),
    nothing: z.string().nullable().optional(),
  }),
  response: z.object({ seen: z.string().max(1_000) }),
  limits,
  axon: { hashFields: ["text", "count", "ratio", "flag", "items", "table", "nothing"] },
  challenge: () => ({
    request: { text: "hello", count: 1, ratio: 0.5, flag: true, items: [], table: {} },
    key: "hello",
  }),
  scorer: { kind: "each", score: ({ key }, { body }) => (body.seen === key ? 1 : 0) },
});

/** Answered letter by letter to a StreamingSynapse. */
const spelled = defineTask({
  id: "spelled",
  request: z.object({ text: z.string().max(1_000), spelled: z.string().max(1_000).optional() }),
  response: z.object({ spelled: z.string().max(1_000) }),
  limits,
  streaming: { chunk: z.string().max(1_000), assemble: (letters) => ({ spelled: letters.join("") }) },
  axon: { stream: true },
  challenge: () => ({ request: { text: "hello" }, key: "hello" }),
  scorer: { kind: "each", score: ({ key }, { body }) => (body.spelled === key ? 1 : 0) },
});

const subnet = defineSubnet({
  name: "wire",
  version: 1,
  description: "Echoes.",
  tasks: { echo, hashed, spelled },
});

/** What the miner under test serves: `Echo` without a body hash, `Hashed` with all fields in it, `Spelled` as a stream. */
export const wireSubnet = subnet as unknown as SubnetDefinition;

/** Echoes; fails and dawdles on command. */
export const wireSolvers = defineSolvers<typeof subnet>({
  echo: async ({ text }, { signal }) => {
    if (text === "fail") throw new Error("as told");
    if (text === "dawdle")
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("too late"))));
    return { echoed: text };
  },
  hashed: ({ text }) => ({ seen: text }),
  async *spelled({ text }) {
    for (const letter of text) {
      if (letter === "!") throw new Error("as told");
      yield await Promise.resolve(letter);
    }
  },
});

import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { z } from "zod";

const text = z.object({ text: z.string().max(10_000) });

const echo = defineTask({
  id: "echo",
  request: text,
  response: text,
  limits: { timeoutMs: 2_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { text: "hello" }, key: "hello" }),
  scorer: { kind: "each", score: (challenge, reply) => (reply.body.text === challenge.key ? 1 : 0) },
});

const impatient = defineTask({
  ...echo,
  id: "impatient",
  limits: { timeoutMs: 60, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { text: "x" }, key: "x" }),
});

/** A subnet with one patient and one impatient task. */
export const echoSubnet = defineSubnet({
  name: "echo",
  version: 1,
  description: "Repeats what it is told.",
  tasks: { echo, impatient },
});

/** Replies that misbehave on command. */
export const echoSolvers = defineSolvers<typeof echoSubnet>({
  echo: ({ text: said }) => {
    if (said === "throw") throw new Error("as told");
    if (said === "long") return { text: "x".repeat(2_000) };
    if (said === "wrong") return { nonsense: true } as never;
    return { text: said };
  },
  impatient: () => new Promise(() => undefined),
});

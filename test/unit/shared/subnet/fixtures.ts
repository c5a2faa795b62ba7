import { defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";

/** Adds two numbers: the smallest task there is. */
export const addTask = defineTask({
  id: "add",
  request: z.object({ a: z.int(), b: z.int() }),
  response: z.object({ sum: z.int() }),
  limits: { timeoutMs: 1000, maxResponseBytes: 200 },
  challenge(env) {
    const a = Math.floor(env.random() * 1e6);
    const b = Math.floor(env.random() * 1e6);
    return { request: { a, b }, key: a + b };
  },
  scorer: { kind: "each", score: ({ key }, { body }) => (body.sum === key ? 1 : 0) },
});

export const addSubnet = defineSubnet({ name: "adder", version: 1, description: "Adds.", tasks: { add: addTask } });

/** The code of the AppError that `run` throws or rejects with. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return isAppError(error) ? error.code : `another error: ${String(error)}`;
  }
  return "nothing was thrown";
}

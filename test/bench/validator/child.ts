import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { serveMiners } from "./miners.ts";
import { workUntilKilled } from "./takeover.ts";

/** What this bundle does as a process of its own, by name; each gets the rest of its input as one JSON text. */
const tasks: Readonly<Record<string, (input: string) => Promise<unknown>>> = {
  miners: serveMiners,
  worker: workUntilKilled,
};

/** Runs a task, says its first words on stdout as JSON, and lives until it is killed. */
export async function childTask(name: string, input = "{}"): Promise<void> {
  const task = tasks[name];
  if (task === undefined) throw new Error(`no such task: ${name}`);
  process.stdout.write(`${JSON.stringify(await task(input))}\n`);
}

/** Starts this very bundle with a task. Resolves with its first words. */
export async function startChild(task: string, input: unknown): Promise<{ child: ChildProcess; said: unknown }> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [script, "--child", task, "--input", JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const [data] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, said: JSON.parse(String(data)) as unknown };
}

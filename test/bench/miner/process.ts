import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** What the server process can be asked, each with its answer (server.ts). */
export type ServerAnswers = {
  port: number;
  /** Microseconds of processor time so far. */
  cpuUs: number;
  /** Resident bytes after a collection. */
  rssBytes: number;
  /** Microseconds of one operation in that process. */
  operations: { readonly verifyUs: number; readonly signUs: number; readonly claimUs: number };
  /** Runs of the model per second, by number of callers: one by one, and batched. */
  batching: readonly {
    readonly callers: number;
    readonly plain: number;
    readonly batched: number;
    readonly meanRows: number;
  }[];
};

/** A server in a process of its own, on the first core where the machine lets us choose. */
export type BenchServer = {
  ask<K extends keyof ServerAnswers>(question: K): Promise<ServerAnswers[K]>;
  stop(): Promise<void>;
};

const canPin = process.platform === "linux" && availableParallelism() > 1 && hasTaskset();

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Puts this process, which makes the load, on the second core; what was done, in words. */
export function pinLoad(): string {
  if (!canPin) return "not pinned: there is no taskset, or one core";
  execFileSync("taskset", ["-a", "-p", "-c", "1", String(process.pid)], { stdio: "ignore" });
  return "server pinned to core 0, load to core 1";
}

/** Starts this very bundle as a server of one kind. */
export async function startServer(kind: string): Promise<BenchServer> {
  const script = [`--expose-gc`, fileURLToPath(import.meta.url), "--server", kind];
  const [command, args] = canPin ? ["taskset", ["-c", "0", process.execPath, ...script]] : [process.execPath, script];
  const child = spawn(command as string, args as string[], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ask = <K extends keyof ServerAnswers>(question: K): Promise<ServerAnswers[K]> => askChild(child, question);
  await ask("port");
  return {
    ask,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

function askChild<K extends keyof ServerAnswers>(child: ChildProcess, question: K): Promise<ServerAnswers[K]> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      const { about, answer } = message as { about: string; answer: ServerAnswers[K] };
      if (about !== question) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(answer);
    };
    const onExit = (): void => reject(new Error("the server process ended"));
    child.on("message", onMessage);
    child.once("exit", onExit);
    child.send(question);
  });
}

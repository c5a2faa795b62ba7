import { delay } from "@subnetkit/shared/util/delay";
import { type Child, type ChildEvent, type ChildExit, type ChildOptions, startChild } from "./child.ts";

/** A process of the validator under test, which is started again whenever it dies, as a supervisor does. */
export type Member = {
  readonly name: string;
  /** Every event of all its lives. */
  events(): readonly ChildEvent[];
  /** How its lives ended, but for the last. */
  readonly exits: readonly ChildExit[];
  /** Why it was given up: the exit code of a refusal. */
  refused(): number | undefined;
  alive(): boolean;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the life after this moment's is ready, or the present one is. */
  ready(deadlineMs?: number): Promise<void>;
  stop(): Promise<void>;
};

/** A supervisor's pause before it starts a dead process again. */
const restartMs = 200;

/** Exit codes that no restart mends. */
const refusals: ReadonlySet<number> = new Set([2, 3]);

/** Starts a member and looks after it until `stop`. */
export function startMember(options: ChildOptions): Member {
  const lives: Child[] = [];
  const exits: ChildExit[] = [];
  let stopping = false;
  let refused: number | undefined;

  function live(): Child {
    const child = startChild(options);
    lives.push(child);
    void child.exited.then(async (exit) => {
      if (stopping) return;
      exits.push(exit);
      if (exit.code !== null && refusals.has(exit.code)) {
        refused = exit.code;
        return;
      }
      await delay(restartMs);
      if (!stopping) live();
    });
    return child;
  }
  const now = (): Child => {
    const child = lives.at(-1);
    if (child === undefined) throw new Error(`${options.name} never lived`);
    return child;
  };
  live();
  return {
    name: options.name,
    events: () => lives.flatMap(({ events }) => events),
    exits,
    refused: () => refused,
    alive: () => now().alive(),
    async kill() {
      const child = now();
      child.signal("SIGKILL");
      await child.exited;
    },
    signal: (signal) => now().signal(signal),
    async ready(deadlineMs = 90_000) {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        const child = now();
        if (child.alive()) {
          const ready = await child.ready(Math.max(1, deadline - performance.now())).then(
            () => true,
            () => false,
          );
          if (ready && child.alive()) return;
        }
        if (refused !== undefined) throw new Error(`${options.name} refused to run: exit code ${refused}`);
        if (performance.now() > deadline) throw new Error(`${options.name} was not ready in ${deadlineMs} ms`);
        await delay(50);
      }
    },
    async stop() {
      stopping = true;
      await now().stop();
    },
  };
}

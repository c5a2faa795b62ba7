import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { UpNetwork } from "./bring-up.ts";
import type { StopRequest } from "./stop-request.ts";
import type { Supervised } from "./supervisor/supervised.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";
import { followLog } from "./view/follow-log.ts";
import type { KeyAction } from "./view/keys.ts";
import type { TerminalView } from "./view/terminal-view.ts";

const NEXT_EPOCH_DEADLINE_MS = 30_000;

export type LiveActionOptions = {
  readonly view: () => TerminalView;
  readonly network: () => UpNetwork | undefined;
  readonly supervisor: Supervisor;
  readonly stop: StopRequest;
  readonly interrupt: () => void;
  readonly quitCode: () => number;
};

/** What the keys of the live view do. A failed action shows one line and changes nothing. */
export function createLiveActions(options: LiveActionOptions): (action: KeyAction) => void {
  const { view, supervisor, stop } = options;
  let paused = false;
  let mining = false;
  let following: { name: string; close(): void } | undefined;

  const processOf = (uid: number): Supervised | undefined => {
    const row = options
      .network()
      ?.observer.state()
      .neurons.find((neuron) => neuron.uid === uid);
    return row?.process === undefined ? undefined : supervisor.get(row.process);
  };

  const withProcess = (uid: number, act: (process: Supervised) => void): void => {
    const process = processOf(uid);
    if (process === undefined) view().notice(`uid ${uid} has no process here`);
    else act(process);
  };

  const togglePause = async ({ client, observer }: UpNetwork): Promise<void> => {
    await client.rpc(paused ? "dev_resume" : "dev_pause");
    paused = !paused;
    observer.setPaused(paused);
  };

  const nextEpoch = async ({ client, netuid, observer }: UpNetwork): Promise<void> => {
    if (mining) return;
    mining = true;
    try {
      const { tempo, blocksIntoEpoch } = observer.state();
      view().notice(`mining ${Math.max(1, tempo - blocksIntoEpoch)} blocks to the end of the epoch`);
      await client.rpc("dev_nextEpoch", [{ netuid, count: 1 }], { timeoutMs: NEXT_EPOCH_DEADLINE_MS });
    } finally {
      mining = false;
    }
  };

  const toggleLog = (process: Supervised): void => {
    const before = following?.name;
    following?.close();
    following = undefined;
    if (before === process.spec.name) return;
    view().say(`   log of ${process.spec.name} (l and its uid again to stop)`);
    following = { name: process.spec.name, close: followLog(process.logFile, (line) => view().say(`   ${line}`)) };
  };

  const run = (work: (network: UpNetwork) => Promise<void>): void => {
    const network = options.network();
    if (network === undefined) return;
    work(network).catch((error: unknown) => view().notice(errorMessage(error)));
  };

  return (action) => {
    switch (action.kind) {
      case "quit":
        stop.ask({ reason: "quit", exitCode: options.quitCode() });
        return;
      case "interrupt":
        options.interrupt();
        return;
      case "pause":
        run(togglePause);
        return;
      case "nextEpoch":
        run(nextEpoch);
        return;
      case "kill":
        withProcess(action.uid, (process) => {
          if (process.spec.kind === "validator" && !action.validators)
            view().notice(`uid ${action.uid} is a validator: K, then ${action.uid}`);
          else process.kill();
        });
        return;
      case "restart":
        if (action.uid === "all") for (const process of supervisor.processes.filter(isNeuron)) process.restart();
        else withProcess(action.uid, (process) => process.restart());
        return;
      case "logs":
        withProcess(action.uid, toggleLog);
        return;
      case "urls":
        for (const [name, url] of Object.entries(options.network()?.urls ?? {}))
          view().say(`   ${name.padEnd(8)} ${url}`);
        return;
      case "sort":
      case "wide":
      case "help":
      case "suspend":
      case "prompt":
        // The view itself does these.
        return;
    }
  };
}

function isNeuron({ spec }: Supervised): boolean {
  return spec.kind === "miner" || spec.kind === "validator";
}

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import { pino } from "pino";
import { createSteps, mayDraw, type Steps } from "../../../scripts/lib/steps.mjs";
import { cloneRoot } from "../system/clone-root.ts";
import { asAppError, errorData, errorText } from "../system/report-error.ts";
import { packageVersion } from "../system/version.ts";
import { childEnvironment } from "./child-environment.ts";
import { type BringUpParts, bringUp, clearConfigs, type UpNetwork } from "./bring-up.ts";
import { createEventBus, type EventBus } from "./event-bus.ts";
import { createLiveActions } from "./live-actions.ts";
import { createSupervisorMetrics } from "./metrics.ts";
import { reportNotice } from "./notices.ts";
import { emptyState } from "./observe/empty-state.ts";
import type { LocalOptions } from "./options.ts";
import { type LocalPaths, localPaths, shortPath } from "./paths.ts";
import { createRunStep } from "./run-steps.ts";
import { readSetup, reportSetup, type SetupRecord } from "./setup-record.ts";
import { installSignals } from "./signals.ts";
import { createStopRequest, type StopReason } from "./stop-request.ts";
import { watchComplaints } from "./supervisor/complaints.ts";
import type { ChildExit } from "./supervisor/child.ts";
import { readableTail } from "./supervisor/log-story.ts";
import { claimRunFile, type RunFile } from "./supervisor/run-file.ts";
import type { ProcessNotice, Supervised } from "./supervisor/supervised.ts";
import { Supervisor } from "./supervisor/supervisor.ts";
import { createBetweenView } from "./view/between-view.ts";
import { createJsonView } from "./view/json-view.ts";
import { createPlainView } from "./view/plain-view.ts";
import type { TerminalView } from "./view/terminal-view.ts";
import type { View } from "./view/view.ts";

const EPOCH_PATIENCE = 10;
const EPOCH_PATIENCE_MS = 60_000;

/** Runs a local network in this process until something ends it. Resolves with the exit code, when nothing of it is left. */
export async function startLocal(options: LocalOptions): Promise<number> {
  const root = cloneRoot();
  const paths = localPaths(root, options.stateDir === undefined ? undefined : path.resolve(options.stateDir));
  const run = new LocalRun(options, paths, readSetup(process.env["SUBNETKIT_SETUP"]));
  return await run.run();
}

/** One run of `local start`: its parts, from the first line to the last. */
class LocalRun {
  readonly #options: LocalOptions;
  readonly #paths: LocalPaths;
  readonly #setup: SetupRecord;
  readonly #bus: EventBus = createEventBus();
  readonly #stop = createStopRequest();
  readonly #steps: Steps;
  readonly #supervisor: Supervisor;
  readonly #exits = new Map<string, ChildExit>();
  readonly #parts: BringUpParts = {};
  readonly #metrics = createSupervisorMetrics();
  readonly #draws: boolean;
  #view: View;
  #terminal: TerminalView | undefined;
  #network: UpNetwork | undefined;
  #ready = false;
  #runFile: RunFile | undefined;
  #epochTimer: NodeJS.Timeout | undefined;
  #closeStatus: (() => Promise<void>) | undefined;
  #stopWatching: () => void = () => {};

  constructor(options: LocalOptions, paths: LocalPaths, setup: SetupRecord) {
    this.#options = options;
    this.#paths = paths;
    this.#setup = setup;
    const flags = { json: options.json, plain: options.plain };
    this.#draws = mayDraw(process.stderr, flags);
    this.#steps = createSteps({ flags, quiet: options.json });
    // Until the live region opens, what happens is said between the steps.
    this.#view = options.json ? createJsonView(process.stdout) : this.#betweenView();
    this.#bus.subscribe((event) => this.#view.event(event));
    this.#supervisor = new Supervisor({
      logsFolder: paths.logs,
      onNotice: (supervised, notice) => this.#onNotice(supervised, notice),
    });
  }

  async run(): Promise<number> {
    const { interrupt } = installSignals({
      stop: this.#stop,
      isReady: () => this.#ready,
      isPending: () => this.#pending(),
      onKill: () => this.#killNow(),
      onStopping: () => this.#say("stopping (Ctrl-C again to kill)"),
    });
    this.#guardProcess();
    let reason: StopReason;
    try {
      await this.#prepare();
      await this.#open(interrupt);
      reason = await this.#stop.requested;
    } catch (error) {
      reason = this.#reasonOf(error);
    }
    return await this.#end(reason);
  }

  async #prepare(): Promise<void> {
    const { json, portBase, epochs, fresh, validators, miners, subnet } = this.#options;
    const version = packageVersion(this.#paths.root);
    if (!this.#setup.fromBootstrap && !json) {
      this.#steps.say(
        ` subnetkit ${version}   local subnet   node ${process.versions.node}   ${process.platform} ${process.arch}\n`,
      );
    }
    this.#bus.emit("run.started", {
      version,
      node: process.versions.node,
      subnet,
      validators,
      miners: miners ?? 0,
      portBase,
      stateDir: shortPath(this.#paths, this.#paths.base),
      fresh,
      epochs: epochs ?? null,
    });
    reportSetup(this.#bus, this.#setup);
    for (const folder of [this.#paths.logs, this.#paths.run, this.#paths.temp]) mkdirSync(folder, { recursive: true });
    this.#runFile = claimRunFile(this.#paths.runFile, portBase);
    for (const { name, pid } of this.#runFile.leftovers) {
      this.#bus.emit("warning", {
        message: `an earlier run left ${name} (pid ${pid}) behind: it was stopped`,
        process: name,
      });
    }
    clearConfigs(this.#paths);
    this.#stopWatching = watchComplaints(
      () => this.#supervisor.processes.map(({ spec, logFile }) => ({ name: spec.name, logFile })),
      (name, text) => this.#bus.emit("warning", { message: text, process: name }),
    );
  }

  async #open(interrupt: () => void): Promise<void> {
    const log = this.#openLog();
    const network = await bringUp(
      {
        options: this.#options,
        paths: this.#paths,
        env: childEnvironment(this.#paths),
        cwd: process.env["INIT_CWD"] ?? process.cwd(),
        bus: this.#bus,
        supervisor: this.#supervisor,
        log,
        signal: this.#stop.signal,
        step: createRunStep(this.#steps, this.#bus),
        exits: this.#exits,
        onChange: () => this.#view.changed(),
        onEpoch: (epochs) => this.#onEpoch(epochs),
        onStarted: () => this.#recordProcesses(),
      },
      this.#parts,
    );
    this.#network = network;
    const server = await startStatusServer({
      host: "127.0.0.1",
      port: network.plan.ports.supervisor,
      registry: this.#metrics.registry,
      health: () => ({ live: true, ready: this.#ready, degraded: false, reasons: [], info: {} }),
      status: () => network.observer.state(),
      log,
    });
    this.#closeStatus = () => server.close();
    if (this.#stop.reason !== undefined) return;
    await this.#becomeReady(network, interrupt);
  }

  async #becomeReady(network: UpNetwork, interrupt: () => void): Promise<void> {
    const ms = Date.now() - this.#setup.startedAt;
    network.observer.markReady();
    this.#ready = true;
    const state = `kept in ${shortPath(this.#paths, this.#paths.state)}`;
    const block = network.client.head().number;
    const { chain, metrics } = network.urls as { chain: string; metrics: string };
    this.#runFile?.update({ ready: true, urls: { ...network.urls, redis: maskUrl(network.redisUrl) } });
    if (this.#draws) {
      const next = this.#setup.firstRun ? " (next time about 8 s)" : "";
      this.#steps.say(`\n ready in ${(ms / 1000).toFixed(1)} s${next}   state: ${state}`);
      this.#welcome();
      await this.#openTerminal(interrupt);
    }
    this.#bus.emit("network.ready", {
      ms,
      netuid: network.netuid,
      block,
      chain,
      metrics,
      redis: maskUrl(network.redisUrl),
      state,
    });
    const { epochs, tempo, blockMs } = this.#options;
    if (epochs === undefined) return;
    const deadlineMs = EPOCH_PATIENCE_MS + epochs * tempo * blockMs * EPOCH_PATIENCE;
    this.#epochTimer = setTimeout(() => {
      const reached = network.observer.epochsSinceReady;
      const error = appError("E_EPOCHS_NOT_REACHED", {
        reached,
        wanted: epochs,
        seconds: Math.round(deadlineMs / 1000),
      });
      this.#stop.ask({ reason: error.code, exitCode: error.exitCode, error });
    }, deadlineMs);
  }

  async #openTerminal(interrupt: () => void): Promise<void> {
    const { createTerminalView } = await import("./view/terminal-view.ts");
    const keys = this.#options.keys && process.stdin.isTTY && process.stdout.isTTY;
    const act = createLiveActions({
      view: () => terminal,
      network: () => this.#network,
      supervisor: this.#supervisor,
      stop: this.#stop,
      interrupt,
      quitCode: () => (this.#pending() ? 130 : 0),
    });
    const terminal = createTerminalView({
      stream: process.stderr,
      stdin: keys ? process.stdin : undefined,
      version: packageVersion(this.#paths.root),
      state: () => this.#network?.observer.state() ?? emptyState(this.#options.subnet),
      onAction: act,
    });
    this.#terminal = terminal;
    this.#view = terminal;
    terminal.open();
  }

  /** Three lines, the first time only: what this is, what to try, where the guide is. Each fits 100 columns. */
  #welcome(): void {
    const stamp = path.join(this.#paths.base, "welcomed");
    try {
      writeFileSync(stamp, "", { flag: "wx" });
    } catch {
      return;
    }
    this.#steps.say(
      " Miners answer, validators score them, weights go on chain, and each epoch pays the better models.",
    );
    this.#steps.say(" Press k and a miner's uid to kill it, and watch its weight move.");
    this.#steps.say(" In another terminal, ask one yourself: npx subnetkit miner try");
    this.#steps.say(" Then write your own subnet: npx subnetkit new my-subnet (docs/guides/first-subnet.md)\n");
  }

  #onNotice(supervised: Supervised, notice: ProcessNotice): void {
    const { name, critical } = supervised.spec;
    reportNotice(this.#bus, this.#paths, supervised, notice);
    this.#metrics.subnetkit_supervisor_process_up.set({ process: name }, supervised.state === "running" ? 1 : 0);
    if (notice.kind === "exited") this.#exits.set(name, notice.exit);
    if (notice.kind === "restarting") this.#metrics.subnetkit_supervisor_restarts_total.inc({ process: name });
    if (notice.kind === "started" || notice.kind === "exited") this.#recordProcesses();
    if (this.#ready) this.#afterReady(supervised, notice, critical);
    this.#view.changed();
  }

  #afterReady(supervised: Supervised, notice: ProcessNotice, critical: boolean): void {
    if (notice.kind === "exited") this.#reportHealth();
    if (notice.kind === "exited" && this.#options.failFast) this.#fatal(supervised, "ended, and --fail-fast was given");
    if (notice.kind === "gaveUp" && critical)
      this.#fatal(supervised, notice.refused ? "cannot go on" : `ended ${notice.attempts + 1} times`);
  }

  #fatal(supervised: Supervised, how: string): void {
    const tail = readableTail(supervised.logFile);
    const causeText = `the last lines of its log:\n${tail.join("\n")}`;
    const error = appError("E_PROCESS_DIED", {
      process: supervised.spec.name,
      how,
      causeText,
      log: supervised.logFile,
    });
    this.#stop.ask({ reason: error.code, exitCode: error.exitCode, error });
  }

  #reportHealth(): void {
    const down = this.#supervisor.processes.filter(({ state }) => state !== "running").map(({ spec }) => spec.name);
    const total = this.#supervisor.processes.length;
    if (down.length > 0) this.#bus.emit("network.degraded", { healthy: total - down.length, total, processes: down });
  }

  #recordProcesses(): void {
    const processes = this.#supervisor.processes.flatMap((process) => {
      return process.identity === undefined ? [] : [{ ...process.identity, name: process.spec.name }];
    });
    this.#runFile?.update({ processes });
  }

  #onEpoch(epochs: number): void {
    if (this.#options.epochs !== undefined && epochs >= this.#options.epochs)
      this.#stop.ask({ reason: "epochs", exitCode: 0 });
  }

  #pending(): boolean {
    const { epochs } = this.#options;
    return epochs !== undefined && (this.#network?.observer.epochsSinceReady ?? 0) < epochs;
  }

  #reasonOf(error: unknown): StopReason {
    const asked = this.#stop.reason;
    if (asked !== undefined) return asked;
    const known = asAppError(error);
    return { reason: known.code, exitCode: known.exitCode, error: known };
  }

  async #end({ reason, exitCode, error }: StopReason): Promise<number> {
    clearTimeout(this.#epochTimer);
    this.#stopWatching();
    const summary = this.#parts.observer?.summary() ?? null;
    this.#view.close();
    if (!this.#options.json) this.#view = this.#betweenView();
    if (this.#runFile !== undefined) this.#bus.emit("run.stopping", { reason });
    this.#parts.observer?.close();
    await this.#parts.client?.close().catch(() => {});
    await this.#closeStatus?.();
    const report = await this.#supervisor.stopAll(({ name, ms, killed }) => {
      this.#say(`   ${name.padEnd(12)} ${killed ? "killed after" : "stopped in"} ${(ms / 1000).toFixed(1)} s`);
    });
    this.#runFile?.remove();
    let code = exitCode;
    if (report.hung.length > 0) {
      code = code === 0 ? 1 : code;
      this.#reportError(appError("E_STOP_HUNG", { processes: report.hung.join(", ") }));
    }
    if (error !== undefined) this.#reportError(error);
    else if (report.outcomes.length > 0)
      this.#say(`stopped; state kept, logs in ${shortPath(this.#paths, this.#paths.logs)}/`);
    this.#bus.emit("run.stopped", { exitCode: code, reason, summary });
    return code;
  }

  #reportError(error: unknown): void {
    const log =
      isAppError(error) && typeof error.data["log"] === "string"
        ? error.data["log"]
        : path.join(this.#paths.logs, "start.log");
    const short = shortPath(this.#paths, log);
    if (this.#options.json) this.#bus.emit("error", { error: errorData(error, short) });
    process.stderr.write(`${errorText(error, short)}\n`);
  }

  #say(text: string): void {
    if (!this.#options.json) (this.#terminal ?? this.#steps).say(text);
  }

  /** How a run is told outside the live region. */
  #betweenView(): View {
    const say = (text: string): void => this.#steps.say(text.trimEnd());
    if (this.#draws) return createBetweenView(say);
    return createPlainView({
      write(text: string) {
        say(text);
        return true;
      },
    });
  }

  #openLog(): Logger {
    const destination = pino.destination({ dest: path.join(this.#paths.logs, "start.log"), append: false, sync: true });
    return createLogger({ name: "supervisor", level: "debug", destination });
  }

  /** The second interrupt: every group gets SIGKILL, the terminal is restored, and we are gone. */
  #killNow(): void {
    this.#supervisor.killAll();
    this.#terminal?.close();
    this.#runFile?.remove();
    this.#bus.emit("run.stopped", { exitCode: 130, reason: "killed", summary: null });
    process.exit(130);
  }

  /** Whatever happens to this process, the terminal is restored and no child outlives it. */
  #guardProcess(): void {
    process.on("exit", () => {
      this.#terminal?.close();
      this.#supervisor.killAll();
    });
    const broken = (error: unknown): void => {
      const known = asAppError(error);
      this.#stop.ask({ reason: known.code, exitCode: 70, error: known });
    };
    process.on("uncaughtException", broken);
    process.on("unhandledRejection", broken);
    for (const stream of [process.stdout, process.stderr]) {
      stream.on("error", () => this.#stop.ask({ reason: "E_OUTPUT_CLOSED", exitCode: 1 }));
    }
  }
}

function maskUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//***@");
}

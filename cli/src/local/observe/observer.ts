import type { ChainClient } from "@subnetkit/chain/client/connect";
import type { Logger } from "@subnetkit/shared/log/logger";
import { z } from "zod";
import { getJson } from "../../system/http-json.ts";
import type { EventBus } from "../event-bus.ts";
import type { RunSummary } from "../events.ts";
import type { NetworkPlan } from "../network/plan.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { type ChainView, watchChain } from "./chain-watch.ts";
import { bestMiner, type NetworkState, type ProcessView } from "./network-state.ts";
import { neuronRows } from "./neuron-rows.ts";
import { parseValidatorReport, type ValidatorReport } from "./validator-report.ts";

const POLL_MS = 1000;
const POLL_DEADLINE_MS = 800;

const minerHealth = z.object({
  info: z.object({ model: z.string().optional(), provider: z.string().optional() }).loose(),
});

export type ObserverOptions = {
  readonly subnet: string;
  readonly plan: NetworkPlan;
  readonly tempo: number;
  readonly blockMs: number;
  readonly urls: Readonly<Record<string, string>>;
  readonly bus: EventBus;
  readonly supervisor: Supervisor;
  readonly log: Logger;
  /** Something to draw has changed. */
  readonly onChange: () => void;
  /** Epochs since ready, after each one. */
  readonly onEpoch: (epochsSinceReady: number) => void;
};

/** Joins what the chain, the validators, the miners and the supervisor say into one {@link NetworkState}, and tells the bus about blocks and epochs. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #reports = new Map<string, ValidatorReport>();
  readonly #models = new Map<string, string>();
  readonly #closers: (() => void)[] = [];
  #netuid: number | undefined;
  #block: number | undefined;
  #view: ChainView | undefined;
  #epoch: number | undefined;
  #lastEpochBlock = 0;
  #paused = false;
  #ready: { at: number; epoch: number | undefined; block: number } | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Starts following the chain and asking the neurons. */
  start(client: ChainClient, netuid: number): void {
    this.#netuid = netuid;
    this.#closers.push(
      watchChain(client, netuid, this.#options.log, {
        onBlock: (block) => this.#onBlock(block),
        onEpochIndex: (index, lastEpochBlock) => this.#onEpochIndex(index, lastEpochBlock),
        onView: (view) => {
          this.#view = view;
          this.#options.onChange();
        },
      }),
    );
    const timer = setInterval(() => void this.#poll(), POLL_MS);
    this.#closers.push(() => clearInterval(timer));
    void this.#poll();
  }

  /** From here on blocks and epochs count for the run. */
  markReady(): void {
    this.#ready = { at: Date.now(), epoch: this.#epoch, block: this.#block ?? 0 };
    this.#options.onChange();
  }

  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#options.bus.emit(paused ? "chain.paused" : "chain.resumed", { block: this.#block ?? 0 });
    this.#options.onChange();
  }

  close(): void {
    for (const closer of this.#closers.splice(0)) closer();
  }

  get epochsSinceReady(): number {
    return this.#ready?.epoch === undefined || this.#epoch === undefined
      ? 0
      : Math.max(0, this.#epoch - this.#ready.epoch);
  }

  state(): NetworkState {
    const { subnet, plan, tempo, blockMs, urls } = this.#options;
    const processes = this.#processes();
    return {
      subnet,
      netuid: this.#netuid,
      block: this.#block,
      blockMs,
      tempo: this.#view?.metagraph.tempo ?? tempo,
      epoch: this.#epoch,
      blocksIntoEpoch: Math.max(0, (this.#block ?? 0) - this.#lastEpochBlock),
      epochsSinceReady: this.epochsSinceReady,
      blocksSinceReady: Math.max(0, (this.#block ?? 0) - (this.#ready?.block ?? this.#block ?? 0)),
      paused: this.#paused,
      readyAt: this.#ready?.at,
      neurons:
        this.#view === undefined
          ? []
          : neuronRows({
              plan,
              chain: this.#view,
              reports: this.#reports,
              processes,
              models: this.#models,
              epochRan: this.#view.metagraph.lastStep > 0,
              paused: this.#paused,
            }),
      processes,
      urls,
    };
  }

  /** What the run came to; null before the subnet was there. */
  summary(): RunSummary | null {
    const state = this.state();
    if (state.netuid === undefined) return null;
    return {
      chain: this.#options.urls["chain"] ?? "",
      netuid: state.netuid,
      blocks: state.blocksSinceReady,
      epochs: state.epochsSinceReady,
      neurons: state.neurons.map(
        ({ uid, role, hotkey, model, score, weight, incentive, dividends, emissionRao, permit }) => {
          return { uid, role, hotkey, model, score, weight, incentive, dividends, emissionRao, permit };
        },
      ),
    };
  }

  #processes(): ProcessView[] {
    return this.#options.supervisor.processes.map((process) => ({
      name: process.spec.name,
      kind: process.spec.kind,
      state: process.state,
      restarts: process.restarts,
      maxRestarts: process.maxRestarts,
    }));
  }

  #onBlock(block: number): void {
    const before = this.#block;
    this.#block = block;
    if (before !== undefined && block < before) this.#options.bus.emit("chain.reverted", { block, from: before });
    this.#options.bus.emit("chain.block", { block });
    this.#options.onChange();
  }

  #onEpochIndex(index: number, lastEpochBlock: number): void {
    const before = this.#epoch;
    this.#epoch = index;
    this.#lastEpochBlock = lastEpochBlock;
    if (this.#ready !== undefined && this.#ready.epoch === undefined) this.#ready.epoch = index;
    if (before === undefined || index <= before) return;
    this.#emitEpoch(index, lastEpochBlock);
    if (this.#ready !== undefined) this.#options.onEpoch(this.epochsSinceReady);
  }

  #emitEpoch(epoch: number, block: number): void {
    const { bus } = this.#options;
    const { neurons } = this.state();
    const paid = (role: string): bigint =>
      neurons.filter((row) => row.role === role).reduce((sum, row) => sum + BigInt(row.emissionRao ?? 0), 0n);
    const [miners, validators] = [paid("miner"), paid("validator")];
    // The owner's cut is taken before the rest is shared, so it follows from the rest.
    const cut = this.#view?.ownerCut ?? 0;
    const owner = cut >= 1 ? 0n : BigInt(Math.round((Number(miners + validators) * cut) / (1 - cut)));
    bus.emit("chain.epoch", {
      epoch,
      block,
      emissionRao: (miners + validators + owner).toString(),
      minersRao: miners.toString(),
      validatorsRao: validators.toString(),
      ownerRao: owner.toString(),
      best: bestMiner(neurons),
    });
    bus.emit("neuron.table", {
      epoch,
      block,
      neurons: neurons.map(({ permit: _permit, lastUpdate: _lastUpdate, process: _process, ...row }) => row),
    });
  }

  async #poll(): Promise<void> {
    const { plan } = this.#options;
    const url = (port: number, page: string): string => `http://127.0.0.1:${port}/${page}`;
    await Promise.all([
      ...plan.validators.map(async ({ name, metricsPort }) => {
        const report = parseValidatorReport(await getJson(url(metricsPort, "status"), POLL_DEADLINE_MS));
        if (report !== undefined) this.#reports.set(name, report);
      }),
      ...plan.miners
        .filter(({ offline }) => !offline)
        .map(async ({ name, metricsPort, variant, label }) => {
          const health = minerHealth.safeParse(await getJson(url(metricsPort, "health"), POLL_DEADLINE_MS));
          if (!health.success) return;
          const { model, provider } = health.data.info;
          // The solvers of the file itself have no label of their own, and the subnet's name tells nobody which miner this is.
          const shown = variant === "default" && model === this.#options.subnet ? label : (model ?? label);
          this.#models.set(name, `${shown}${provider === undefined || provider === "none" ? "" : ` ${provider}`}`);
        }),
    ]);
    this.#options.onChange();
  }
}

import { dirname } from "node:path";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { SolverVariant, SubnetDefinition } from "@subnetkit/shared/subnet";
import { loadSolvers, loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import type { MinerProcess } from "../process.ts";
import { createRuntimes, servedElsewhere } from "../runtime/create-runtimes.ts";
import { type ModelStore, openModels } from "../runtime/model-store.ts";
import { fetchModel } from "../runtime/sources/fetch-model.ts";

/** The miner's key, and what it has learnt to answer. */
export type Craft = {
  readonly keypair: Keypair;
  readonly subnet: SubnetDefinition;
  readonly variant: SolverVariant;
  readonly models: ModelStore;
};

/** Key, subnet, solvers and warm models: everything that can be wrong on this machine is found before the chain hears of us. */
export async function learnCraft(proc: MinerProcess): Promise<Craft> {
  const { config } = proc;
  const keypair = await readKeyfile(config.hotkeyFile);
  if (keypair.scheme !== "sr25519")
    proc.log.warn(
      {
        hotkey: keypair.address,
        remedy: "Tell the validators: those of this framework list it in ed25519Miners; SDK 10 takes sr25519 alone.",
      },
      "the hotkey signs with ed25519, and validators that do not know take its answers for forged",
    );
  const subnet = await loadSubnetDefinition(config.subnetDefinition);
  const variant = await loadSolvers(config.solvers, subnet, config.variant);
  const models = await openVariantModels(variant, proc);
  return { keypair, subnet, variant, models };
}

/** The models of the variant, each where it disturbs nobody; their files are watched from now on. */
async function openVariantModels(
  variant: SolverVariant,
  { config, lifecycle, log, metrics, facts }: MinerProcess,
): Promise<ModelStore> {
  const { ipfsGateways, modelCheckMs: checkMs, modelServers: servers, modelKey: key } = config;
  const { modelProviders: providers, modelCache: cacheFolder } = config;
  const limits = {
    maxBytes: config.maxModelMb * 1024 ** 2,
    deadlineMs: config.modelFetchSeconds * 1000,
    idleMs: 30_000,
  };
  const runtimes = createRuntimes(
    // Of the bundle that runs, whichever of its parts this text has become.
    { workerUrl: new URL("./model-worker.js", import.meta.url), providers, servers, key },
    {
      log,
      onThreadRestart: () => metrics.subnetkit_miner_model_thread_restarts_total.inc(),
      onState: (state) => {
        facts.modelsState = state;
        showModels();
      },
    },
  );
  let store: ModelStore | undefined;
  const showModels = (): void => {
    metrics.subnetkit_miner_model_info.reset();
    for (const { path: model, runtime, provider, sha256 } of store?.infos() ?? [])
      metrics.subnetkit_miner_model_info.set({ model, runtime, provider, sha256 }, 1);
  };
  store = await openModels(
    {
      folder: config.modelFolder ?? dirname(config.solvers),
      models: servedElsewhere(variant.models ?? [], servers),
      ipfsGateways,
      checkMs,
    },
    {
      runtimes,
      fetchFile: (order) => fetchModel(order, { cacheFolder, limits }, { log, signal: lifecycle.signal }),
      log,
      onSwap: (outcome) => {
        metrics.subnetkit_miner_model_swaps_total.inc({ outcome });
        showModels();
      },
    },
  );
  lifecycle.onClose("models", () => store.close());
  showModels();
  return store;
}

import { createLogger } from "@subnetkit/shared/log/logger";
import path from "node:path";
import { createSteps } from "../../../scripts/lib/steps.mjs";
import { cloneRoot } from "../system/clone-root.ts";
import { childEnvironment } from "./child-environment.ts";
import { createEventBus } from "./event-bus.ts";
import { adoptKeptState } from "./network/kept-state.ts";
import { ensureHotkeyFile } from "./network/keys.ts";
import { planNetwork } from "./network/plan.ts";
import { minerSpec, type SpecContext, validatorSpec } from "./network/process-specs.ts";
import { type CompiledSubnet, compileSubnet, findSubnet } from "./network/subnet-file.ts";
import type { LocalOptions } from "./options.ts";
import { localPaths, shortPath } from "./paths.ts";
import { createRunStep } from "./run-steps.ts";

const PREPARE_DEADLINE_MS = 120_000;

/** What `local prepare` needs to know; the rest of {@link LocalOptions} is about processes, and it starts none. */
export type PrepareOptions = Pick<
  LocalOptions,
  "subnet" | "validators" | "miners" | "portBase" | "stateDir" | "blockMs" | "tempo"
>;

/**
 * What `local start` does before it starts neurons, for those who run the processes themselves (containers): compiles the subnet, writes
 * keys, sets the subnet up on the chain that runs at the planned port by real extrinsics, and writes one configuration per neuron. Can be
 * repeated: it does only what is missing. `REDIS_URL` goes into the validators' configurations.
 */
export async function prepareNetwork(options: PrepareOptions): Promise<void> {
  const root = cloneRoot();
  const paths = localPaths(root, options.stateDir === undefined ? undefined : path.resolve(options.stateDir));
  const log = createLogger({ name: "prepare", level: "warn" });
  const signal = AbortSignal.timeout(PREPARE_DEADLINE_MS);
  const step = createRunStep(createSteps({ flags: { json: false, plain: true }, quiet: false }), createEventBus());
  const [{ connectChain }, { setUpSubnet }] = await Promise.all([
    import("@subnetkit/chain/client/connect"),
    import("./network/set-up.ts"),
  ]);

  let subnet!: CompiledSubnet;
  await step("checks", async () => {
    subnet = await compileSubnet(findSubnet(options.subnet, { root, cwd: process.env["INIT_CWD"] ?? process.cwd() }), {
      root,
      buildDir: paths.build,
    });
    return `subnet "${subnet.definition.name}" compiles`;
  });
  const plan = planNetwork({
    cast: subnet.definition.local.miners,
    portBase: options.portBase,
    validators: options.validators,
    ...(options.miners === undefined ? {} : { miners: options.miners }),
  });
  await step("keys", async () => {
    const neurons = [...plan.validators, ...plan.miners];
    await Promise.all(neurons.map(({ name, uris }) => ensureHotkeyFile(paths.keys, name, uris.hotkey)));
    return `owner, ${plan.validators.length} validators, ${plan.miners.length} miners (public dev keys, never real)`;
  });
  const endpoint = `ws://127.0.0.1:${plan.ports.chain}`;
  let netuid!: number;
  await step("subnet", async (report) => {
    const client = await connectChain({ endpoints: [endpoint], log, signal });
    try {
      const result = await setUpSubnet(client, {
        plan,
        tempo: options.tempo,
        log,
        signal,
        onProgress: report.progress,
      });
      netuid = result.netuid;
      if (result.added === 0 && !result.created) report.note("kept");
      return `${netuid} "${subnet.definition.name}" on ${endpoint}: ${result.neurons} neurons`;
    } finally {
      await client.close();
    }
  });
  await step("configs", async () => {
    const spec: SpecContext = { paths, ports: plan.ports, env: childEnvironment(paths) };
    const { networkId } = adoptKeptState(paths, subnet.definition.name);
    const redisUrl = process.env["REDIS_URL"] || `redis://127.0.0.1:${plan.ports.redis}`;
    for (const validator of plan.validators) validatorSpec(spec, validator, subnet, { netuid, redisUrl, networkId });
    const online = plan.miners.filter(({ offline }) => !offline);
    for (const miner of online) minerSpec(spec, miner, subnet, netuid);
    return `${plan.validators.length + online.length} in ${shortPath(paths, paths.config)}: node dist/miner.js --config ${shortPath(paths, paths.config)}/miner-0.json`;
  });
}

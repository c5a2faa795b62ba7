/** `subnetkit chain dev`: the development chain in this process, told to a person or to a script. */
import { nodeConfig } from "@subnetkit/chain/node/config";
import { chainMetrics } from "@subnetkit/chain/node/metrics";
import { type DevChain, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { loadConfig } from "@subnetkit/shared/config/define";
import { lifelineRequested } from "@subnetkit/shared/config/process-env";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { createMetrics, type Metrics } from "@subnetkit/shared/metrics/define";
import { watchProcess } from "@subnetkit/shared/lifecycle/watch-process";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { grouped } from "../../local/view/format.ts";
import { cloneRoot } from "../../system/clone-root.ts";
import { portOwner } from "@subnetkit/shared/util/portOwner";
import { packageVersion } from "../../system/version.ts";
import { devArgv, type DevFlags } from "./argv.ts";
import { bannerLines } from "./banner.ts";
import { blockStory } from "./block-story.ts";
import { chainFacts } from "./chain-facts.ts";
import { readyDocument, writeConfigOut } from "./config-out.ts";
import { createTeller, type Teller, type TellerOptions } from "./teller.ts";
import { logLines } from "./log-lines.ts";

const STOP_DEADLINE_MS = 10_000;

/** How a run ends: the exit code, and why. */
export type End = { readonly exitCode: number; readonly reason: string };

/** What a run prints to, and how it is told to stop; the process's own where absent. */
export type DevSurroundings = Pick<TellerOptions, "stdout" | "stderr"> & {
  readonly isTty?: boolean;
  readonly untilTold?: (teller: Teller) => Promise<End>;
};

/** Runs the chain until it is told to stop; the exit code. `rest` are settings of the chain by their own flags. */
export async function runDev(
  flags: DevFlags,
  rest: readonly string[],
  { isTty = process.stderr.isTTY, untilTold = untilProcessTold, ...streams }: DevSurroundings = {},
): Promise<number> {
  const { config } = loadConfig(nodeConfig, { argv: devArgv(flags, rest) });
  const teller = createTeller({
    json: flags.json ?? false,
    everyBlock: flags.verbose ?? false,
    heartbeat: !isTty,
    ...streams,
  });
  // Where requests are logged the log has to say more than what went wrong.
  const asked = rest.some((word) => word.startsWith("--log-level"));
  const level = asked ? config.logLevel : config.logRpc === undefined ? "warn" : "info";
  const log = createLogger({ name: "chain", level, destination: logLines(teller.log) });
  const built = { ms: 0 };
  const metrics = measured(createMetrics(chainMetrics, { collectDefault: true }), built);
  const chain = await startDevChain({ ...config, status: true }, { log, metrics }).catch((error: unknown) => {
    throw isAppError(error, "E_PORT_BUSY") ? portError(Number(error.data["port"])) : error;
  });
  const ended = untilTold(teller);
  try {
    chain.node.onBlock((block) => teller.block(blockStory(block, built.ms)));
    const facts = chainFacts(chain);
    const document = readyDocument(chain, config, facts);
    if (flags.configOut !== undefined) writeConfigOut(flags.configOut, document);
    const { url, httpUrl, node } = chain;
    const version = packageVersion(cloneRoot());
    const parts = { version, readyMs: performance.now(), url, httpUrl, config, resumed: node.resumed };
    teller.ready(document, bannerLines(facts, parts));
  } catch (error) {
    await chain.close();
    throw error;
  }
  const { exitCode, reason } = await ended;
  const { number } = chain.node.chain.head;
  await withTimeout(chain.close(), STOP_DEADLINE_MS, "Stopping the chain");
  teller.stopped({ exitCode, reason, block: number }, `stopped at block ${grouped(number)}${keptText(chain)}`);
  return exitCode;
}

function keptText({ node }: DevChain): string {
  const { state, stateDir } = node.config;
  if (state !== undefined) return `; state saved to ${state}`;
  return stateDir === undefined ? "; state was in memory" : `; state kept in ${stateDir}`;
}

/** Resolves when a signal, the end of the parent, or an error that nobody expected ends the run. A second signal kills. */
function untilProcessTold(teller: Teller): Promise<End> {
  return new Promise((resolve) => {
    // Nobody reads any more: `| head`.
    for (const stream of [process.stdout, process.stderr])
      stream.on("error", () => resolve({ exitCode: 1, reason: "output closed" }));
    watchProcess(process, lifelineRequested(), {
      stop: (reason) => {
        teller.stopping();
        resolve({ exitCode: 0, reason });
      },
      kill: () => process.exit(130),
      crash: (error, origin) => {
        teller.log(`error  ${origin}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        resolve({ exitCode: 70, reason: origin });
      },
    });
  });
}

/** The same metrics, with the time of each block kept: a block's listeners hear of it after it is measured. */
function measured(metrics: Metrics<typeof chainMetrics>, built: { ms: number }): Metrics<typeof chainMetrics> {
  const seconds = metrics.subnetkit_chain_block_build_seconds;
  return {
    ...metrics,
    subnetkit_chain_block_build_seconds: {
      observe: (value) => {
        built.ms = value * 1_000;
        seconds.observe(value);
      },
      reset: () => seconds.reset(),
    },
  };
}

function portError(port: number): Error {
  const owner = portOwner(port);
  const held =
    owner === undefined ? "another process listens there" : `pid ${owner.pid} listens there since ${owner.startedAt}`;
  return appError("E_PORT_BUSY", {
    port,
    what: "the development chain",
    causeText: `${held}${owner === undefined || owner.command === "" ? "" : `\n${owner.command}`}`,
    remedies: [
      ...(owner === undefined ? [] : [`stop it:         kill ${owner.pid}`]),
      "any free port:   npx subnetkit chain dev --port 0",
    ],
  });
}

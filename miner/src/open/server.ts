import { setMaxListeners } from "node:events";
import type { Callers } from "../admission/callers.ts";
import { refusals } from "../admission/refusal.ts";
import { axonWire } from "../dialects/axon-wire.ts";
import type { MinerProcess } from "../process.ts";
import { sharePolicy } from "../scheduler/policy.ts";
import { createScheduler, type Scheduler } from "../scheduler/scheduler.ts";
import { bodyShape } from "../server/body-shape.ts";
import { createMinerServer } from "../server/create-server.ts";
import { handshakeLimits } from "../server/limits.ts";
import type { HotkeyTls } from "../server/tls.ts";
import { jsonWire } from "../server/wire.ts";
import { createSolverHost } from "../solving/solver-host.ts";
import { type MinerStatus, publicHealthOf } from "../status.ts";
import type { OpenAdmission } from "./admission.ts";
import type { Craft } from "./craft.ts";

/** What the public port is made of. */
export type ServerParts = {
  readonly craft: Craft;
  readonly entrance: OpenAdmission;
  readonly status: MinerStatus;
  readonly tls: HotkeyTls | undefined;
};

/** Opens the public port; resolves with it. */
export async function serve(proc: MinerProcess, { craft, entrance, status, tls }: ServerParts): Promise<number> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { keypair, subnet, variant, models } = craft;
  const { admission, callers } = entrance;
  const { netuid } = config;
  const hotkey = keypair.address;
  const scheduler = openScheduler(proc, callers);
  const shape = bodyShape(config.maxBodyValues);
  const drained = new AbortController();
  // Every request under way listens to it, and Node warns of more than ten.
  setMaxListeners(0, drained.signal);
  const server = createMinerServer(
    {
      limits: config,
      description: {
        subnet,
        netuid,
        hotkey,
        maxRequestBytes: config.maxBodyBytes,
        dialects: config.dialects,
        tls: tls !== undefined,
      },
    },
    {
      admission,
      scheduler,
      solvers: createSolverHost({ subnet, variant, models }),
      wires: {
        btauth: jsonWire(keypair, shape),
        epistula: jsonWire(keypair, shape),
        axon: axonWire(keypair, shape),
        tls: jsonWire(keypair, shape),
      },
      tls,
      handshakes: { ...handshakeLimits(config), denies: entrance.lists.deniesAddress },
      callersIn: (network) => permittedIn(network, entrance),
      log,
      health: () => publicHealthOf({ ...facts, stopping: lifecycle.signal.aborted }),
      closed: () =>
        facts.registered ? (lifecycle.signal.aborted ? refusals.stopping : undefined) : refusals.deregistered,
      signal: drained.signal,
      onConnectionRefused: (reason) => metrics.subnetkit_miner_connections_refused_total.inc({ reason }),
      onOutcome: (outcome) => {
        metrics.subnetkit_miner_requests_total.inc({ outcome });
        status.onOutcome(outcome);
      },
      onSolved: (task, solveMs) => {
        metrics.subnetkit_miner_solve_seconds.observe({ task }, solveMs / 1000);
        status.onSolved(solveMs);
      },
    },
  );
  lifecycle.onClose("server", async () => {
    // Work under way may end; what takes longer is given up, so that its callers hear of it.
    const endMs = Date.now() + config.drainMs;
    const [inFlight, waiting] = [scheduler.inFlight(), scheduler.depth()];
    if (inFlight + waiting > 0)
      log.info({ inFlight, waiting, drainMs: config.drainMs }, "finishing the requests under way, refusing new ones");
    const timer = setTimeout(() => {
      log.warn({ inFlight: scheduler.inFlight() }, "giving up the requests that take longer than drainMs");
      drained.abort(new Error("the miner stops"));
    }, config.drainMs);
    await scheduler.drain();
    clearTimeout(timer);
    await server.close(Math.max(1_000, endMs - Date.now()));
  });
  const port = await server.listen(config.host, config.port);
  facts.listening = true;
  log.info({ host: config.host, port, netuid, hotkey }, "miner listening");
  return port;
}

/** Who may ask, and has proven to do so from this network or announces himself there. */
function permittedIn(network: string, { admission, addresses, callers }: OpenAdmission): readonly string[] {
  const hotkeys = new Set([...addresses.hotkeysIn(network), ...callers.announcedIn(network)]);
  return [...hotkeys].filter((hotkey) => {
    const caller = callers.find(hotkey);
    return caller !== undefined && admission.admits(caller);
  });
}

function openScheduler({ config, metrics }: MinerProcess, callers: Callers): Scheduler {
  const scheduler = createScheduler(
    { maxConcurrent: config.maxConcurrent, maxPerGroup: config.maxPerTask, maxQueued: config.maxQueued },
    {
      share: sharePolicy(config.sharePolicy, callers.stake),
      onWaited: (ms) => metrics.subnetkit_miner_queue_wait_seconds.observe(ms / 1000),
      onChange: () => {
        metrics.subnetkit_miner_queue_depth.set(scheduler.depth());
        metrics.subnetkit_miner_in_flight.set(scheduler.inFlight());
      },
    },
  );
  return scheduler;
}

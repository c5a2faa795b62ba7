import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import { createAnnouncer } from "./chain/announcer.ts";
import { checkAnnouncement } from "./chain/check-announcement.ts";
import { createMetagraphWatch } from "./chain/metagraph-watch.ts";
import { minerConfig } from "./config.ts";
import { createMinerMetrics } from "./metrics.ts";
import { aloneSince } from "./open/alone.ts";
import { type OpenAdmission, openAdmission } from "./open/admission.ts";
import { joinChain, type Place } from "./open/chain.ts";
import { learnCraft } from "./open/craft.ts";
import { serve } from "./open/server.ts";
import { openTls } from "./open/tls.ts";
import { type MinerProcess, onDutyError } from "./process.ts";
import { createMinerStatus, healthOf, initialFacts, type MinerStatus } from "./status.ts";

/** Protocol number of HTTP in an axon entry, by the field's custom, and our own version of what is served there. */
const httpProtocol = 4;
const axonVersion = 1;

/**
 * The story of a miner: what it can do, its status pages, its place on the chain, who may ask, the public port, and the announcement of it. Each part
 * may rely on everything above it.
 */
async function run(proc: MinerProcess): Promise<void> {
  const { config, events, facts, log } = proc;
  checkAnnouncement(config, log);
  const aloneSinceMs = await aloneSince(config.host, config.port);
  if (aloneSinceMs === undefined)
    log.warn(
      {
        host: config.host,
        port: config.port,
        remedy: "None, if it is the miner that this one replaces and it ends now.",
      },
      "another process has the port: it has until the models are loaded to leave it",
    );
  const craft = await learnCraft(proc);
  const hotkey = craft.keypair.address;
  const status = createMinerStatus({
    hotkey,
    netuid: config.netuid,
    variant: config.variant,
    label: craft.variant.label,
    models: craft.models.infos,
    onClock: (doubted) => {
      facts.clockDoubted = doubted;
      if (doubted)
        log.warn(
          {
            nowUtc: new Date().toISOString(),
            remedy: "Compare with a clock that is right, and turn NTP on: timedatectl.",
          },
          "every request comes stale and nobody is answered: the clock of this machine may be wrong",
        );
    },
  });
  const metricsPort = await serveStatus(proc, status);

  const place = await joinChain(proc, hotkey);
  const entrance = await openAdmission(proc, { hotkey, aloneSinceMs });
  const uid = await followMetagraph(proc, place, hotkey, entrance);

  const tls = await openTls(proc, craft.keypair, place, entrance);
  const port = await serve(proc, { craft, entrance, status, tls });
  entrance.listening();
  await announce(proc, place, craft.keypair, { port, fingerprint: tls?.fingerprint });
  events.emit({
    type: "process.ready",
    name: "miner",
    port,
    metricsPort,
    hotkey,
    uid,
    announced: facts.announced,
    model: craft.variant.label,
    provider: craft.models.infos()[0]?.provider,
  });
}

/** The operator's pages; resolves with their port. */
async function serveStatus(proc: MinerProcess, status: MinerStatus): Promise<number> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const server = await startStatusServer({
    host: config.metricsHost,
    port: config.metricsPort,
    registry: metrics.registry,
    health: () => healthOf({ ...facts, stopping: lifecycle.signal.aborted }, status.info()),
    status: () => ({ ...status.info(), ...facts }),
    log,
  });
  lifecycle.onClose("status pages", () => server.close());
  return server.port;
}

/** Reads who may ask, now and every few blocks; resolves with our own uid. */
async function followMetagraph(
  proc: MinerProcess,
  { client, clock }: Place,
  hotkey: string,
  { admission, callers }: OpenAdmission,
): Promise<number | undefined> {
  const { config, metrics, facts, log } = proc;
  const metagraph = createMetagraphWatch(
    { netuid: config.netuid, hotkey, refreshBlocks: config.metagraphRefreshBlocks },
    {
      client,
      onMetagraph: (latest, self) => {
        callers.replace(latest);
        facts.registered = true;
        facts.metagraphBlock = latest.block;
        metrics.subnetkit_miner_registered.set(1);
        metrics.subnetkit_miner_metagraph_block.set(latest.block);
        metrics.subnetkit_miner_known_callers.set(callers.count(admission.admits));
        metrics.subnetkit_miner_uid.set(self.uid);
        metrics.subnetkit_miner_incentive_ratio.set(self.incentive / 65_535);
        metrics.subnetkit_miner_emission_rao.set(Number(self.emissionRao));
        metrics.subnetkit_miner_stake_rao.set(Number(self.totalStakeRao));
      },
      onMissing: (why) => {
        if (facts.registered)
          log.warn({ reason: why.message }, "gone from the newest block: answering nobody until the next ones tell");
        facts.registered = false;
        metrics.subnetkit_miner_registered.set(0);
      },
    },
  );
  await metagraph.tick(client.head().number);
  clock.everyBlock("metagraph", ({ number }) => metagraph.tick(number));
  return metagraph.self()?.uid;
}

/** Puts the address on the chain and keeps it there; does nothing without an address to announce. */
async function announce(
  proc: MinerProcess,
  { client, clock }: Place,
  hotkey: Keypair,
  { port, fingerprint }: { readonly port: number; readonly fingerprint: Uint8Array | undefined },
): Promise<void> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { netuid, announceIp: ip, announcePort } = config;
  if (ip === undefined) return;
  const announcer = createAnnouncer(
    { netuid, axon: { ip, port: announcePort ?? port, version: axonVersion, protocol: httpProtocol, fingerprint } },
    {
      client,
      hotkey,
      log,
      signal: lifecycle.signal,
      onChange: (announced) => {
        facts.announced = announced;
        metrics.subnetkit_miner_axon_announced.set(announced ? 1 : 0);
      },
    },
  );
  // The first attempt is waited for, so that "ready" usually means "announced"; one that fails is a duty like the later ones.
  await announcer.tick(client.head().number).catch((error: unknown) => onDutyError("announce", error, 1, proc));
  clock.everyBlock("announce", ({ number }) => announcer.tick(number));
}

runProcess({
  config: minerConfig,
  // The server may take half of it: what it is made of has to be closed as well.
  identify: ({ logLevel, drainMs }) => ({ name: "miner", logLevel, closeDeadlineMs: 5_000 + 2 * drainMs }),
  main: (config, proc) => run({ ...proc, config, metrics: createMinerMetrics(), facts: initialFacts(config) }),
});

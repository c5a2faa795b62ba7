import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { DialectName, Dialect } from "@subnetkit/shared/protocol/dialect";
import { sr25519Except } from "@subnetkit/shared/crypto/scheme-of";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect } from "@subnetkit/shared/protocol/btauth";
import { dialectNames } from "@subnetkit/shared/protocol/dialect";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { type AddressGuard, createAddressGuard } from "../admission/address-guard.ts";
import { type Admission, createAdmission } from "../admission/admission.ts";
import { createBodyBudget } from "../admission/body-budget.ts";
import { type CallerLists, followCallerLists, noLists } from "../admission/caller-lists.ts";
import { type Callers, createCallers } from "../admission/callers.ts";
import type { KnownAddressStore } from "../admission/known-addresses.ts";
import { openMemory } from "../admission/open-memory.ts";
import { createRateLimiter } from "../admission/rate-limiter.ts";
import type { MinerProcess } from "../process.ts";

/** Every dialect a miner answers. */
const dialectOf: Readonly<Record<DialectName, () => Dialect>> = {
  btauth: btauthDialect,
  axon: axonDialect,
  epistula: epistulaDialect,
};

/** Who may ask, with the book of them. */
export type OpenAdmission = {
  readonly admission: Admission;
  readonly callers: Callers;
  readonly addresses: AddressGuard;
  readonly lists: CallerLists;
  /** To be called once our port is ours. */
  readonly listening: () => void;
};

/** What callers have proven is handed over to the store so often, and when the miner stops. */
const keepMs = 60_000;

/**
 * Admission as it is configured, with its lists and its memory of used requests and of known callers. `aloneSinceMs`: since when nobody else can have
 * answered in our place.
 */
export async function openAdmission(
  proc: MinerProcess,
  { hotkey, aloneSinceMs }: { readonly hotkey: string; readonly aloneSinceMs: number | undefined },
): Promise<OpenAdmission> {
  const { config, lifecycle, log, metrics } = proc;
  const callers = createCallers(sr25519Except(config.ed25519Callers));
  const lists = config.callerLists === undefined ? undefined : await followCallerLists(config.callerLists, { log });
  if (lists !== undefined) lifecycle.onClose("caller lists", () => lists.close());
  const { requirePermit, minStakeRao, maxBodyBytes, requestsPerSecond, requestBurst } = config;
  const dialects = dialectNames.filter((name) => config.dialects.includes(name)).map((name) => dialectOf[name]());
  const maxAgeMs = Math.max(...dialects.map((dialect) => dialect.maxAgeMs));
  const { replayRedisUrl: redisUrl, stateFolder, netuid } = config;
  const { replay, known, listening } = await openMemory(
    { redisUrl, stateFolder, hotkey, netuid, maxAgeMs, aloneSinceMs },
    { log, onClose: (close) => lifecycle.onClose("replay store", close) },
  );
  const addresses = createAddressGuard(
    {
      requests: { perSecond: config.addressRequestsPerSecond, burst: config.addressRequestBurst },
      failures: { perSecond: config.failuresPerSecond, burst: config.failureBurst },
    },
    { announced: (caller) => callers.find(caller)?.network },
  );
  await keepKnown(proc, addresses, known);
  const admission = createAdmission(
    { receiver: hotkey, requirePermit, minStakeRao, maxBodyBytes },
    {
      dialects,
      callers,
      replay,
      rate: createRateLimiter({ perSecond: requestsPerSecond, burst: requestBurst }),
      addresses,
      lists: lists ?? noLists,
      bodies: createBodyBudget({ maxBytes: config.maxUnverifiedBytes, maxBodyBytes }),
      onPassed: (stage) => metrics.subnetkit_miner_stage_passed_total.inc({ stage }),
    },
  );
  return { admission, callers, addresses, lists: lists ?? noLists, listening };
}

/** Takes over from the last process who has proven to ask from where, and hands it to the next. A store that fails is said, and changes nothing else. */
async function keepKnown(
  { lifecycle, log }: MinerProcess,
  addresses: AddressGuard,
  known: KnownAddressStore,
): Promise<void> {
  const failed = (error: unknown): void =>
    log.warn(
      {
        place: known.place,
        reason: errorMessage(error),
        remedy: "Let this user write there (stateFolder, or replayRedisUrl); until then a restart forgets them.",
      },
      "the known addresses of callers are not kept",
    );
  await known.load().then((all) => addresses.learn(all), failed);
  const keep = async (): Promise<void> => {
    const learnt = addresses.takeLearnt();
    if (learnt.length > 0) await known.add(learnt).catch(failed);
  };
  const timer = setInterval(() => void keep(), keepMs);
  timer.unref();
  lifecycle.onClose("known addresses", async () => {
    clearInterval(timer);
    await keep();
  });
}

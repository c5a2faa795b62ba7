import type { Beacon } from "@subnetkit/chain/client/reveal-round";
import { beaconSizes, beaconVerify } from "@subnetkit/shared/crypto/beacon";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { bareHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { request } from "undici";
import { z } from "zod";
import { readBody } from "../round/read-body.ts";

export type DrandBeaconOptions = {
  /** Base URLs of drand's HTTP API with the beacon's chain hash, such as `https://api.drand.sh/52db...e971`. */
  readonly endpoints: readonly string[];
  /** Deadline of one endpoint, milliseconds. */
  readonly timeoutMs?: number;
};

/** The beacon that weights are encrypted to, as its own HTTP servers show it. */
export interface DrandBeacon {
  /**
   * The newest round that any endpoint has a signature of, undefined when none does. Never rejects, and takes no longer than the deadline of one
   * endpoint: all are asked at once.
   */
  latestRound(beacon: Beacon): Promise<bigint | undefined>;
}

const hex = z.string().regex(/^[0-9a-f]{2,400}$/i);
const infoSchema = z.object({
  public_key: hex,
  period: z.number().int().positive(),
  genesis_time: z.number().int().nonnegative(),
});
const pulseSchema = z.object({ round: z.number().int().positive(), randomness: hex, signature: hex });

/** Both documents have a few hundred bytes. */
const maxBytes = 16_384;

/**
 * Makes one. An endpoint counts only with the beacon's signature of the round it names, checked against the public key that the chain has: it can be behind, it
 * cannot make a round up. So the newest of all is right, and one endpoint that answers is enough. One of another beacon is told of once.
 */
export function createDrandBeacon(
  { endpoints, timeoutMs = 3_000 }: DrandBeaconOptions,
  { log }: { readonly log: Logger },
): DrandBeacon {
  const told = new Set<string>();

  async function latestOf(endpoint: string, beacon: Beacon): Promise<bigint> {
    const named = originOf(endpoint);
    const signal = AbortSignal.timeout(timeoutMs);
    const [info, pulse] = await Promise.all([
      getDocument(`${endpoint}/info`, infoSchema, signal),
      getDocument(`${endpoint}/public/latest`, pulseSchema, signal),
    ]);
    const publicKey = bareHex(beacon.publicKey);
    const same =
      info.public_key.toLowerCase() === publicKey &&
      info.period === beacon.periodS &&
      info.genesis_time === beacon.genesisTimeS;
    if (!same)
      throw appError("E_DRAND_ENDPOINT", { endpoint: named, problem: "it serves another beacon than the chain's" });
    const round = BigInt(pulse.round);
    const signature = hexToBytes(`0x${pulse.signature}`);
    const isSigned =
      signature.length === beaconSizes.signature &&
      sha256Hex(signature) === pulse.randomness.toLowerCase() &&
      beaconVerify(beacon.publicKey, round, signature);
    if (!isSigned)
      throw appError("E_DRAND_ENDPOINT", { endpoint: named, problem: "its newest round is not signed by the beacon" });
    return round;
  }

  return {
    async latestRound(beacon) {
      const rounds = await Promise.all(
        endpoints.map(async (endpoint) => {
          try {
            const round = await latestOf(endpoint, beacon);
            if (told.delete(endpoint)) log.info({ endpoint: originOf(endpoint) }, "a drand endpoint answers again");
            return round;
          } catch (error) {
            const level = told.has(endpoint) ? "debug" : "warn";
            log[level](
              { endpoint: originOf(endpoint), reason: errorMessage(error) },
              "a drand endpoint cannot be used",
            );
            told.add(endpoint);
            return undefined;
          }
        }),
      );
      return rounds.reduce((newest, round) => ((round ?? 0n) > (newest ?? 0n) ? round : newest), undefined);
    },
  };
}

/** An endpoint for logs and errors: what comes before and after its host may be somebody's key to it. */
function originOf(endpoint: string): string {
  return new URL(endpoint).origin;
}

async function getDocument<T>(url: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const { statusCode, body } = await request(url, { signal, headers: { accept: "application/json" } });
  const read = await readBody(body, maxBytes, undefined);
  const endpoint = originOf(url);
  if (statusCode !== 200) throw appError("E_DRAND_ENDPOINT", { endpoint, problem: `it answers ${statusCode}` });
  if (read.kind === "too-large") throw appError("E_DRAND_ENDPOINT", { endpoint, problem: "its answer is too long" });
  const parsed = schema.safeParse(JSON.parse(read.bytes.toString("utf8")));
  if (!parsed.success) throw appError("E_DRAND_ENDPOINT", { endpoint, problem: "it does not answer as drand does" });
  return parsed.data;
}

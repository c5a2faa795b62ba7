import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { openEvidenceLog } from "../../../validator/src/evidence/evidence-log.ts";
import { createWitness, type Witness } from "../../../validator/src/evidence/witness.ts";
import { openRedis, producerOptions, type RedisClient } from "../../../validator/src/queue/connection.ts";
import { parseRedisUrl, type RedisAddress } from "../../../validator/src/queue/redis-url.ts";
import { createStores, type Stores } from "../../../validator/src/store/open-stores.ts";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";
import { sumSubnetWith } from "../../unit/validator/support/subnet.ts";

/** The validator's own key and subnet in a bench. */
export const validatorKey = keypairFromUri("//Bench//validator");
export const benchSubnet = sumSubnetWith(10_000);
export const silentLog = createLogger({ name: "bench", level: "silent" });

/** State of a bench's own, with an evidence log as a validator keeps it. */
export type BenchState = Stores & {
  readonly address: RedisAddress;
  readonly redis: RedisClient;
  readonly witness: Witness;
  close(): void;
};

/** Opens it on a Redis. */
export function openBenchState(url: string, prefix: string): BenchState {
  const address = parseRedisUrl(url);
  const redis = openRedis(producerOptions(address), () => undefined);
  const stores = createStores({ prefix, netuid: 2 }, { redis });
  const directory = mkdtempSync(path.join(cloneRoot(), ".subnetkit", "tmp", "bench-evidence-"));
  const { name, version, weights } = benchSubnet;
  const evidence = openEvidenceLog(
    {
      directory,
      maxBytes: 268_435_456,
      opening: {
        kind: "opening",
        hotkey: validatorKey.address,
        scheme: validatorKey.scheme,
        genesisHash: "0x01",
        netuid: 2,
        subnet: { name, version },
        shape: weights.shape,
        roundBlocks: 10,
        saltHash: sha256Hex("bench"),
      },
    },
    { keypair: validatorKey, nowMs: Date.now },
  );
  return {
    ...stores,
    address,
    redis,
    witness: createWitness({ log: silentLog, evidence, rounds: stores.rounds, subnet: benchSubnet }),
    close() {
      evidence.close();
      redis.disconnect();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

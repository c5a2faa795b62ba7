import { isIP } from "node:net";
import { defineConfig } from "@subnetkit/shared/config/define";
import { hotkeyList } from "@subnetkit/shared/config/hotkey-list";
import { dialectNames } from "@subnetkit/shared/protocol/dialect";
import { isModelUrl } from "@subnetkit/shared/subnet/model-entry";
import { z } from "zod";
import { onnxProviders } from "./runtime/providers.ts";
import { sharePolicyNames } from "./scheduler/policy.ts";
import { defaultMaxValues } from "./server/body-shape.ts";

const port = z.number().int().min(0).max(65_535);
const milliseconds = z.number().int().min(1);

/** Everything a miner can be told. Bounds are the sane range of each value; the reasons for the defaults of limits are in server/limits.ts. */
export const minerConfig = defineConfig({
  name: "miner",
  describe: "answers validators' requests with a model, signed, on one subnet",
  schema: z.object({
    chainEndpoints: z
      .array(z.string().regex(/^wss?:\/\//, "is not a ws:// or wss:// URL"))
      .min(1)
      .describe("nodes of one chain, best first"),
    genesisHash: z
      .string()
      .regex(/^0x[0-9a-f]{64}$/)
      .optional()
      .describe("refuse every other chain"),
    netuid: z.number().int().min(1).max(4_095).describe("the subnet to mine on"),
    hotkeyFile: z.string().min(1).describe("wallet key file of the hotkey (mode 0600)"),
    subnetDefinition: z.string().min(1).describe("compiled subnet definition (.mjs)"),
    solvers: z.string().min(1).describe("compiled solver module (.mjs)"),
    modelFolder: z
      .string()
      .min(1)
      .optional()
      .describe("folder that model paths of the variant are relative to; default: the solver module's"),
    modelProviders: z
      .array(z.enum(onnxProviders))
      .min(1)
      .default([...onnxProviders])
      .describe("what may run ONNX models, best first; the first that can is taken"),
    modelCheckMs: milliseconds
      .max(3_600_000)
      .default(2_000)
      .describe("how often to look whether a model's file was replaced; the new one then takes over"),
    modelCache: z
      .string()
      .min(1)
      .default(".subnetkit/cache/models")
      .describe("folder for models that are fetched, by their sha256"),
    ipfsGateways: z
      .array(z.string().refine(isModelUrl, "is neither https nor http on the loopback"))
      .default(["https://ipfs.io", "https://dweb.link"])
      .describe("gateways for models by IPFS CID, asked in order; what they give is checked"),
    maxModelMb: z.number().int().min(1).max(1_048_576).default(16_384).describe("largest model to fetch, in MiB"),
    modelFetchSeconds: z.number().int().min(1).max(86_400).default(3_600).describe("longest time to fetch one model"),
    modelServers: z
      .record(
        z.string(),
        z.strictObject({
          url: z.url({ protocol: /^https?$/ }),
          model: z.string().min(1).optional(),
          keyFile: z.string().min(1).optional(),
        }),
      )
      .default({})
      .describe("servers that run models of the variant (OpenAI's protocol), by the model's path: url, model, keyFile"),
    modelKey: z.string().min(1).optional().meta({ secret: true }).describe("key of model servers without a keyFile"),
    variant: z.string().min(1).default("default").describe("which variant of the solver module to run"),
    host: z.string().default("0.0.0.0").describe("address to listen on for validators"),
    port: port.default(8_091).describe("port to listen on for validators; 0 takes any free one"),
    metricsHost: z.string().default("127.0.0.1").describe("address of the status pages"),
    metricsPort: port.default(9_091).describe("port of /metrics, /health, /ready and /status"),
    announceIp: z
      .string()
      .refine((ip) => isIP(ip) !== 0, "is not an IP address")
      .optional()
      .describe("address to announce on the chain; nothing is announced without it"),
    announcePort: port.optional().describe("port to announce, when it is not the one listened on"),
    waitForRegistration: z
      .boolean()
      .default(false)
      .describe("wait until the hotkey is registered instead of refusing to start"),
    dialects: z
      .array(z.enum(dialectNames))
      .min(1)
      .default([...dialectNames])
      .describe("ways of signing that are answered: btauth (native and SDK 11), axon (SDK 10), epistula (version 2)"),
    ed25519Callers: hotkeyList.describe(
      "hotkeys (ss58) of callers that sign with ed25519; of all others only sr25519 is accepted, whatever they say",
    ),
    tls: z
      .enum(["off", "hotkey"])
      .default("off")
      .describe("hotkey: serve TLS 1.3 only, both ends proven by certificates bound to their hotkeys; off: plain HTTP"),
    tlsKeyFile: z
      .string()
      .min(1)
      .optional()
      .describe("file of the TLS key, made when absent (mode 0600): a restart then needs no new announcement"),
    requirePermit: z.boolean().default(true).describe("answer only callers with a validator permit"),
    minStakeRao: z.coerce.bigint().min(0n).default(0n).describe("answer only callers with at least this stake weight"),
    requestsPerSecond: z.number().positive().max(10_000).default(20).describe("sustained requests of one caller"),
    requestBurst: z.number().int().min(1).max(100_000).default(60).describe("requests of one caller at once"),
    addressRequestsPerSecond: z
      .number()
      .positive()
      .max(1_000_000)
      .default(100)
      .describe("sustained requests of one address (of a /64 in IPv6), whoever they claim to be from"),
    addressRequestBurst: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(400)
      .describe("requests of one address at once"),
    failuresPerSecond: z
      .number()
      .positive()
      .max(10_000)
      .default(1)
      .describe("sustained wrong signatures of one address, or in one hotkey's name, before no more are checked"),
    failureBurst: z.number().int().min(1).max(100_000).default(30).describe("wrong signatures at once"),
    replayRedisUrl: z
      .string()
      .regex(/^rediss?:\/\//, "is not a redis:// or rediss:// URL")
      .optional()
      .describe("Redis that remembers used requests, for several processes with one hotkey; in memory where absent"),
    stateFolder: z
      .string()
      .min(1)
      .default(".subnetkit/state/miner")
      .describe(
        "folder for what outlives the process: from where callers have proven to ask (with replayRedisUrl that is in Redis)",
      ),
    callerLists: z
      .string()
      .min(1)
      .optional()
      .describe("file of callers let in without permit or kept out, one rule per line; reloaded when it changes"),
    metagraphRefreshBlocks: z
      .number()
      .int()
      .min(1)
      .max(360)
      .default(5)
      .describe("read the metagraph every so many blocks"),
    maxBodyBytes: z
      .number()
      .int()
      .min(1_024)
      .max(16 * 1024 * 1024)
      .default(512 * 1024)
      .describe("longest request body; one of twice the default keeps the event loop up to twice as long"),
    maxBodyValues: z
      .number()
      .int()
      .min(64)
      .max(1_000_000)
      .default(defaultMaxValues)
      .describe(
        "most JSON values in a request body, items and members at any depth; each costs about two microseconds",
      ),
    maxConnections: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .default(512)
      .describe("open connections; three quarters of them for addresses that no permitted caller is known to ask from"),
    maxConnectionsPerAddress: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .default(128)
      .describe("open connections of one address (of a /64 in IPv6); further ones are destroyed at accept"),
    handshakesPerSecond: z
      .number()
      .positive()
      .max(100_000)
      .default(10)
      .describe("sustained TLS handshakes of one address; further connections are destroyed at accept"),
    handshakeBurst: z.number().int().min(1).max(100_000).default(128).describe("TLS handshakes of one address at once"),
    callerHandshakesPerSecond: z
      .number()
      .positive()
      .max(100_000)
      .default(20)
      .describe("sustained TLS handshakes of all addresses together that one permitted caller is known to ask from"),
    callerHandshakeBurst: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(256)
      .describe("TLS handshakes of such addresses at once"),
    strangerHandshakesPerSecond: z
      .number()
      .positive()
      .max(100_000)
      .default(100)
      .describe("sustained TLS handshakes of all addresses together that no permitted caller is known to ask from"),
    strangerHandshakeBurst: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(256)
      .describe("TLS handshakes of such addresses at once"),
    maxUnverifiedBytes: z
      .number()
      .int()
      .min(64 * 1024)
      .max(4 * 1024 * 1024 * 1024)
      .default(64 * 1024 * 1024)
      .describe("bytes of bodies, over all connections, that may be on their way before their signature is checked"),
    maxConcurrent: z
      .number()
      .int()
      .min(1)
      .max(1_024)
      .default(32)
      .describe("requests that are solved at the same time; those that wait for the same model share its runs"),
    maxPerTask: z
      .number()
      .int()
      .min(1)
      .max(1_024)
      .optional()
      .describe("requests of one task that are solved at the same time; default: maxConcurrent"),
    sharePolicy: z
      .enum(sharePolicyNames)
      .default("stake")
      .describe("how callers share the miner when they ask for more than it can do: by stake, or equal parts"),
    maxQueued: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .default(64)
      .describe("requests that may wait; further ones get 503"),
    drainMs: milliseconds
      .max(600_000)
      .default(8_000)
      .describe("time for requests under way when the miner stops; what takes longer is given up"),
    headersTimeoutMs: milliseconds.max(60_000).default(2_000).describe("time for a request's headers"),
    requestTimeoutMs: milliseconds.max(60_000).default(4_000).describe("time for a whole request to arrive"),
    // Longer than the 15 s that Python's usual client keeps one: it does not repeat a POST that meets a connection being closed.
    keepAliveTimeoutMs: milliseconds.max(600_000).default(20_000).describe("how long an idle connection stays open"),
    rpcTimeoutMs: milliseconds.max(120_000).default(10_000).describe("read deadline of every chain request"),
    logLevel: z
      .enum(["trace", "debug", "info", "warn", "error"])
      .default("info")
      .describe("least important log line to write"),
  }),
});

/** A checked miner configuration. */
export type MinerConfig = z.output<(typeof minerConfig)["schema"]>;

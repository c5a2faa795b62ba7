/** Configuration of the chain process. */
import { defineConfig } from "@subnetkit/shared/config/define";
import { z } from "zod";
import { PRESETS } from "./genesis/preset-names.ts";

const port = z.number().int().min(0).max(65_535);

/** One schema: defaults, file, environment, flags and help. */
export const nodeConfig = defineConfig({
  name: "chain",
  describe: "A development chain that answers like a Subtensor node, on this machine only.",
  schema: z.object({
    host: z
      .enum(["127.0.0.1", "::1", "localhost"])
      .default("127.0.0.1")
      .describe("Loopback address to listen on; the chain has public keys with money and is not for networks."),
    port: port.default(9944).describe("Port of JSON-RPC, WebSocket and HTTP together; 0 for any."),
    metricsPort: port.default(0).describe("Port of /metrics, /health, /ready and /status; 0 for any."),
    mode: z
      .enum(["interval", "instant", "manual"])
      .default("interval")
      .describe("When blocks are made: every blockMs, on each transaction, or only by dev_newBlock."),
    blockMs: z
      .number()
      .int()
      .min(10)
      .max(600_000)
      .default(250)
      .describe(
        "Ms between two blocks in interval mode. Chain time moves 250 ms per block or with the clock, whichever is more.",
      ),
    stateDir: z
      .string()
      .min(1)
      .optional()
      .describe("Directory that keeps the chain over restarts; in memory where absent."),
    preset: z
      .enum(PRESETS)
      .optional()
      .describe("Genesis of a new chain with a name: networks, neurons and money that are there from the start."),
    genesis: z
      .string()
      .min(1)
      .optional()
      .describe(
        "File that a new chain begins with: a genesis document (JSON) or a snapshot of a live network. Without preset.",
      ),
    state: z
      .string()
      .min(1)
      .optional()
      .describe(
        "File with the chain's whole state: loaded at the start where it exists, saved at exit. Without stateDir.",
      ),
    history: z
      .number()
      .int()
      .min(64)
      .max(100_000)
      .default(2_048)
      .describe("Blocks whose bodies and states can be read."),
    finalityLag: z
      .number()
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .describe("Blocks that finality stays behind the newest block; what is not final can be reorganised."),
    chainName: z.string().min(1).max(64).default("Bittensor").describe("Name of the chain, as system_chain tells it."),
    drandPeriodSeconds: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(1)
      .describe("Seconds between two rounds of the local randomness beacon."),
    drand: z
      .enum(["local", "quicknet"])
      .default("local")
      .describe(
        "Whose randomness opens timelocks: a local beacon that this chain plays, or drand's quicknet, to whose key the Python SDK encrypts.",
      ),
    drandPulses: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File of recorded quicknet pulses, one {"round", "randomness", "signature"} per line; it may grow. Needs drand quicknet.',
      ),
    devVerbs: z.boolean().default(true).describe("Whether the dev_* methods are served."),
    relaxed: z
      .boolean()
      .default(false)
      .describe("Lifts rate limits and the admin freeze window, as dev_setLimits does. Needs devVerbs."),
    mockSignatures: z
      .boolean()
      .default(false)
      .describe("Accepts chopsticks' mock signatures (0xdeadbeef, then 0xcd) for every account. Needs devVerbs."),
    maxConnections: z.number().int().min(1).max(10_000).default(256).describe("WebSocket connections at once."),
    logRpc: z
      .string()
      .regex(
        /^[\w*]{1,64}(,[\w*]{1,64}){0,15}$/,
        "method names with * for any rest, such as state_*, several with commas",
      )
      .optional()
      .describe("Requests to log, such as 'state_*': one line per block, equal ones folded. None where absent."),
    logLevel: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
      .default("info")
      .describe("Least level that is logged."),
  }),
});

/** The loaded configuration. */
export type NodeConfig = z.output<typeof nodeConfig.schema>;

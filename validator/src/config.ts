import { defineConfig } from "@subnetkit/shared/config/define";
import { hotkeyList } from "@subnetkit/shared/config/hotkey-list";
import { dialectNames } from "@subnetkit/shared/protocol/dialect";
import { z } from "zod";
import { samplingPolicies } from "./round/sampling.ts";
import { needsChain, needsKey, roleNames } from "./roles.ts";
import { tlsModes } from "./round/tls.ts";

/** Everything a validator can be told. Flags, file, environment and help follow from it. */
export const validatorConfig = defineConfig({
  name: "validator",
  describe: "Scores the miners of a subnet and sets weights on chain in every tempo.",
  schema: z
    .object({
      name: z.string().default("validator").describe("Name in logs and events"),
      logLevel: z
        .enum(["trace", "debug", "info", "warn", "error"])
        .default("info")
        .describe("Least level that is logged"),
      roles: z
        .array(z.enum(roleNames))
        .min(1)
        .default([...roleNames])
        .describe(
          "Parts of the work that this process does, beside others on the same Redis: plan, query, score, weights",
        ),
      chainEndpoints: z
        .array(z.string().min(1))
        .default([])
        .describe("WebSocket addresses of nodes of one chain, in order of preference; for plan and weights"),
      genesisHash: z.string().optional().describe("Refuse every chain but this one (0x, 32 bytes)"),
      netuid: z.number().int().min(1).max(65_535).describe("The subnet"),
      hotkeyFile: z
        .string()
        .min(1)
        .optional()
        .describe("Key file of the validator's hotkey; for query, weights and evidence, which sign"),
      hotkeyAddress: z
        .string()
        .min(1)
        .optional()
        .describe("The hotkey (ss58) instead of its key file, for a process that only plans or scores"),
      subnetDefinition: z.string().min(1).describe("Compiled definition of the subnet (.mjs)"),
      redisUrl: z
        .string()
        .default("redis://127.0.0.1:6379")
        .meta({ secret: true })
        .describe("Redis with appendonly yes and noeviction"),
      redisPrefix: z
        .string()
        .regex(/^\{[^{}\s]+\}$/, "must be one hash tag such as {val:5Grw}")
        .optional()
        .describe("Prefix of all keys, default {val:<hotkey>}"),
      metricsPort: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .default(0)
        .describe("Port of /metrics, /health, /ready and /status on 127.0.0.1; 0 takes a free one"),
      roundBlocks: z
        .number()
        .int()
        .min(1)
        .max(7_200)
        .optional()
        .describe("A round starts every this many blocks; default: the subnet's"),
      alpha: z
        .number()
        .positive()
        .max(1)
        .optional()
        .describe("Weight of a round in the moving average; default: the subnet's"),
      sampling: z
        .enum(samplingPolicies)
        .default("everyone")
        .describe("Who is asked in a round: everyone, stratified (some of every tier of scores), or stale-first"),
      sampleSize: z
        .number()
        .int()
        .min(1)
        .max(4_096)
        .default(64)
        .describe("Miners asked in a round, unless everyone is"),
      allowPrivate: z
        .boolean()
        .default(false)
        .describe("Talk to miners on private addresses and on this machine (local networks)"),
      dialects: z
        .array(z.enum(dialectNames))
        .min(1)
        .default([...dialectNames])
        .describe("Dialects to ask miners in, in order of preference: btauth, axon (SDK 10), epistula"),
      acceptUnsigned: z
        .boolean()
        .default(false)
        .describe("Count answers that the miner did not sign: for subnets whose miners run SDK 10"),
      ed25519Miners: hotkeyList.describe(
        "Hotkeys (ss58) of miners that sign with ed25519; of all others only sr25519 counts, whatever they say",
      ),
      tls: z
        .enum(tlsModes)
        .default("prefer")
        .describe("Ask over hotkey-bound TLS: off (never), prefer (miners that publish a certificate), require (all)"),
      evidenceDir: z
        .string()
        .min(1)
        .optional()
        .describe("Directory of the evidence log: signed records that anyone can replay; off without one"),
      evidenceMaxBytes: z
        .number()
        .int()
        .min(1_048_576)
        .max(1_099_511_627_776)
        .default(268_435_456)
        .describe("Bytes the evidence log may take; the oldest eighth is dropped when it is full"),
      evidenceCommitBlocks: z
        .number()
        .int()
        .min(20)
        .max(216_000)
        .optional()
        .describe(
          "Put the head of the evidence log on chain every so many blocks, as the hotkey's commitment; never without it",
        ),
      scorerTimeoutMs: z
        .number()
        .int()
        .min(100)
        .max(600_000)
        .default(10_000)
        .describe(
          "Longest time of one call of the subnet's scorer; one that takes longer is ended and counts as failed, a round has ten times that",
        ),
      submitFrom: z
        .number()
        .min(0)
        .max(0.9)
        .default(0.5)
        .describe("Part of the tempo that passes before weights are submitted"),
      heads: z
        .enum(["finalized", "best"])
        .default("finalized")
        .describe("Which blocks rounds and weights go by: those that can no longer be taken back, or the newest"),
      takeOver: z
        .boolean()
        .default(false)
        .describe("Set weights although another process may do so with this hotkey; that one is expected to stop"),
      drandEndpoints: z
        .array(z.url({ protocol: /^https?$/ }).refine((url) => !url.endsWith("/"), "must not end in a slash"))
        .max(8)
        .default([])
        .describe(
          "HTTP addresses of drand with the beacon's chain hash, asked for its newest round; none: the chain's own",
        ),
      organicPort: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .optional()
        .describe("Port on which requests of the subnet's users are taken and passed to miners; none without it"),
      organicHost: z.string().min(1).default("127.0.0.1").describe("Address that organicPort listens on; plain HTTP"),
      organicTokenFile: z
        .string()
        .min(1)
        .optional()
        .describe("File of those who may send requests, a line each: NAME TOKEN (at least 32 characters); mode 0600"),
      organicPerMinute: z.number().int().min(1).max(100_000).default(600).describe("Requests of one token in a minute"),
      organicConcurrency: z
        .number()
        .int()
        .min(1)
        .max(1_024)
        .default(32)
        .describe("Users' requests under way at a time"),
      organicPerToken: z
        .number()
        .int()
        .min(1)
        .max(1_024)
        .optional()
        .describe("Of those, requests of one token; default half of them, or all where there is one token"),
      organicPerRound: z
        .number()
        .int()
        .min(0)
        .max(32)
        .default(0)
        .describe("Answers to users that are scored with one round, where the task can; 0: none"),
      connectionsPerMiner: z.number().int().min(1).max(64).default(4).describe("Connections to one miner at a time"),
      maxPools: z.number().int().min(1).max(4_096).default(1_024).describe("Miners whose connections are kept open"),
      jobLockMs: z
        .number()
        .int()
        .min(1_000)
        .max(120_000)
        .optional()
        .describe("A dead worker's job is taken over after this; default 9000, 5000 when rounds are shorter than 15 s"),
      jobStalledMs: z
        .number()
        .int()
        .min(500)
        .max(60_000)
        .optional()
        .describe("How often to look for jobs of dead workers; default a third of the lock"),
    })
    .superRefine(({ roles, chainEndpoints, hotkeyFile, hotkeyAddress, evidenceDir }, context) => {
      const refuse = (key: string, message: string): void => context.addIssue({ code: "custom", path: [key], message });
      if (needsChain(roles) && chainEndpoints.length === 0)
        refuse("chainEndpoints", "plan and weights go by the chain");
      if (hotkeyFile === undefined && (hotkeyAddress === undefined || needsKey(roles, evidenceDir !== undefined)))
        refuse("hotkeyFile", "these roles sign with the hotkey");
    }),
});

/** A validator's configuration after defaults, file, environment and flags. */
export type ValidatorConfig = z.output<typeof validatorConfig.schema>;

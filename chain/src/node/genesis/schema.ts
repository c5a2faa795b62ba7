/** The genesis file: what a development chain begins with, as JSON. Unknown fields are refused. docs/guides/dev-chain.md shows one. */
import { isIP } from "node:net";
import { z } from "zod";
import { alphaAmount, stakeAmount, taoAmount } from "./amount.ts";
import { hyperparametersSchema } from "./hyperparameters.ts";
import { accountKey } from "./keys.ts";

const u16 = z.number().int().min(0).max(65_535);
const blockNumber = z.number().int().min(0).max(4_000_000_000);
const text = z.string().max(1_024);
/** Prices as decimal text or a number, with at most 9 decimals: the value is parts of 10^9. */
const price = z.union([z.number(), z.string()]).transform((given, ctx): bigint => {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(String(given).trim());
  if (match !== null) return BigInt(`${match[1] ?? "0"}${(match[2] ?? "").padEnd(9, "0")}`);
  ctx.addIssue({ code: "custom", message: "a price is a number of TAO per alpha with at most 9 decimals" });
  return z.NEVER;
});

/** Uid of the neuron that sets them to [uid, value] pairs, values from 0 to 65535. */
const rows = z.record(z.string().regex(/^\d{1,5}$/), z.array(z.tuple([u16, u16])).max(256));

const axonSchema = z.strictObject({
  ip: z
    .string()
    .refine((ip) => isIP(ip) !== 0, "it is no IP address")
    .default("0.0.0.1")
    .describe("IPv4 or IPv6; 0.0.0.1 stands for this machine, since the chain refuses 127.0.0.1."),
  port: z.number().int().min(1).max(65_535).describe("TCP port."),
  protocol: z.number().int().min(0).max(255).default(4).describe("Protocol number as announced."),
  version: z.number().int().min(0).max(4_294_967_295).default(1).describe("Version number as announced."),
});

const nominationSchema = z.strictObject({
  coldkey: accountKey.describe("Who nominates."),
  stake: stakeAmount.describe("Alpha, or TAO that buys it from the pool."),
});

const neuronSchema = z.strictObject({
  hotkey: accountKey.describe("The neuron's hotkey."),
  coldkey: accountKey.describe("Owner of the hotkey."),
  stake: stakeAmount.optional().describe("The coldkey's own stake: alpha, or TAO that buys it from the pool."),
  nominations: z.array(nominationSchema).max(10_000).optional().describe("Stakes of other coldkeys on this hotkey."),
  take: z.number().min(0).max(0.18).optional().describe("Delegate take as a fraction; 0.18 where absent."),
  axon: axonSchema.optional().describe("Where it serves."),
  registeredAt: blockNumber.optional().describe("Block of its registration; the chain's first where absent."),
  permit: z.boolean().default(false).describe("Whether it has a validator permit before the first epoch."),
});

const identitySchema = z.strictObject({
  subnet_name: text.default("").describe("Name."),
  github_repo: text.default("").describe("Repository."),
  subnet_contact: text.default("").describe("Contact."),
  subnet_url: text.default("").describe("Web page."),
  discord: text.default("").describe("Discord."),
  description: text.default("").describe("Description."),
  logo_url: text.default("").describe("Logo."),
  additional: text.default("").describe("Anything else."),
});

const mechanismsSchema = z.strictObject({
  count: z.number().int().min(1).max(16).describe("How many."),
  split: z.array(u16).max(16).optional().describe("Parts of the emission, summing to 65535; equal parts where absent."),
  weights: z
    .record(z.string().regex(/^\d{1,2}$/), rows)
    .optional()
    .describe("Weights by mechanism, from 1 on."),
  bonds: z
    .record(z.string().regex(/^\d{1,2}$/), rows)
    .optional()
    .describe("Bonds by mechanism, from 1 on."),
});

const subnetSchema = z.strictObject({
  netuid: z.number().int().min(1).max(4_095).optional().describe("The lowest free one where absent."),
  owner: accountKey.describe("Coldkey of the owner."),
  ownerHotkey: accountKey.optional().describe("Hotkey of the owner, which is uid 0; the first neuron's where absent."),
  tempo: u16.optional().describe("Short for hyperparameters.tempo."),
  hyperparameters: hyperparametersSchema.default({}).describe("What is not given is as in a newly registered subnet."),
  symbol: z
    .string()
    .min(1)
    .max(8)
    .optional()
    .describe("Token symbol, one the chain knows; the next free one where absent."),
  identity: identitySchema.optional().describe("Who the subnet is."),
  registrationOpen: z
    .boolean()
    .default(true)
    .describe("Whether neurons may register; a closed subnet gets no emission."),
  started: z.boolean().default(true).describe("Whether start_call was made: staking and emission are on."),
  startedAt: blockNumber.optional().describe("First block of emission; the one after the genesis where absent."),
  emissionEnabled: z.boolean().optional().describe("Whether it gets TAO emission; as `started` where absent."),
  reserves: z
    .strictObject({ tao: taoAmount.describe("TAO in the pool."), alpha: alphaAmount.describe("Alpha in the pool.") })
    .optional()
    .describe("The pool; 1,000 TAO at the median price of the other subnets where absent."),
  movingPrice: price.optional().describe("Price average the emission shares follow, TAO per alpha; 0 where absent."),
  feeRate: u16.optional().describe("Fee of the pool, of 65535."),
  mechanisms: mechanismsSchema.optional().describe("More than one mechanism."),
  neurons: z
    .array(neuronSchema)
    .max(256)
    .default([])
    .describe("In uid order from 0, or from 1 where the first is not the owner's hotkey."),
  weights: rows.optional().describe("Weights by uid of who set them, as if set in the first block."),
  bonds: rows.optional().describe("Bonds by uid of the validator."),
});

const rootMemberSchema = z.strictObject({
  hotkey: accountKey.describe("Its hotkey."),
  coldkey: accountKey.describe("Owner of the hotkey."),
  stake: taoAmount.optional().describe("The coldkey's own stake, TAO."),
  take: z.number().min(0).max(0.18).optional().describe("Delegate take as a fraction; 0.18 where absent."),
});

const accountSchema = z.strictObject({
  account: accountKey.describe("Whose."),
  balance: taoAmount.describe("Free TAO."),
});

/** The whole file. */
export const genesisSchema = z.strictObject({
  $schema: z.string().optional().describe("Ignored: for editors."),
  comment: z.string().optional().describe("Ignored: for readers."),
  sudo: accountKey.optional().describe("The sudo key; //Alice where absent."),
  developmentAccounts: z
    .boolean()
    .default(true)
    .describe("Whether //Alice and the other public development accounts have the money of a localnet."),
  accounts: z.array(accountSchema).max(100_000).default([]).describe("Further accounts, or other balances."),
  localnetSubnet: z
    .boolean()
    .default(true)
    .describe("Whether netuid 1 of a localnet exists: owned by nobody, not started."),
  root: z
    .strictObject({
      stakingOpen: z.boolean().default(true).describe("Whether TAO can be staked on root."),
      members: z.array(rootMemberSchema).max(64).default([]).describe("Validators with a seat, in uid order."),
    })
    .optional()
    .describe("The root network; empty and closed for stake where absent."),
  subnets: z.array(subnetSchema).max(128).default([]).describe("Subnets besides root and netuid 1."),
  block: blockNumber.default(0).describe("Number of the first block; the next one follows it."),
  timestampMs: z
    .number()
    .int()
    .min(0)
    .max(8_640_000_000_000_000)
    .optional()
    .describe("Time of the first block, unix ms; now where absent."),
  issuance: taoAmount
    .optional()
    .describe(
      "TAO in existence; what accounts and pools do not hold lies in the burn account, where nobody can spend it.",
    ),
});

/** A genesis as it is written. */
export type GenesisDocument = z.input<typeof genesisSchema>;
/** A genesis that has been read: accounts as hex, amounts in rao. */
export type Genesis = z.output<typeof genesisSchema>;
/** One subnet of it. */
export type GenesisSubnet = Genesis["subnets"][number];
/** One neuron of a subnet. */
export type GenesisNeuron = GenesisSubnet["neurons"][number];
/** Rows of weights or bonds by uid. */
export type GenesisRows = z.output<typeof rows>;

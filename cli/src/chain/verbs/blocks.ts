import type { Verb } from "../verb.ts";

/** Making blocks. */
export const blockVerbs: readonly Verb[] = [
  {
    name: "mine",
    group: "Blocks:",
    what: "make blocks now: n of them (1), or those up to a block",
    examples: ["mine 10", "mine --to 200"],
    words: [["[n]", "how many, 1 to 1000000"]],
    flags: [
      ["--to <block>", "number of the block to reach"],
      ["--tx <hex,...>", "put exactly these extrinsics into the block, whatever the pool holds"],
      ["--unsafe-height <n>", "number that the block claims instead of the next one"],
    ],
    methods: ["dev_newBlock"],
    load: async () => (await import("../run/blocks.ts")).mine,
  },
  {
    name: "epoch",
    group: "Blocks:",
    what: "make blocks until the epoch of a subnet has run, n times (1)",
    examples: ["epoch", "epoch 3 --netuid 2"],
    words: [["[n]", "how many epochs, 1 to 1000"]],
    flags: [["--netuid <n>", "the subnet (default: the newest one)"]],
    methods: ["dev_nextEpoch"],
    load: async () => (await import("../run/blocks.ts")).epoch,
  },
  {
    name: "mode",
    group: "Blocks:",
    what: "when blocks come: on each transaction, only on request, or every so often",
    examples: ["mode instant", "mode interval 250ms"],
    words: [
      ["<mode>", "instant, manual or interval"],
      ["[time]", "time between two blocks, for interval: 10ms to 10m"],
    ],
    methods: ["dev_setBlockBuildMode", "dev_setInterval"],
    load: async () => (await import("../run/blocks.ts")).mode,
  },
  {
    name: "pause",
    group: "Blocks:",
    what: "no more blocks by themselves; mine and epoch still make some",
    examples: ["pause", "pause --json"],
    methods: ["dev_pause"],
    load: async () => (await import("../run/blocks.ts")).pause,
  },
  {
    name: "resume",
    group: "Blocks:",
    what: "blocks come by themselves again",
    examples: ["resume", "resume --json"],
    methods: ["dev_resume"],
    load: async () => (await import("../run/blocks.ts")).resume,
  },
  {
    name: "upgrade",
    group: "Blocks:",
    what: "another spec version from the next block on, as a runtime upgrade shows to clients",
    examples: ["upgrade", "upgrade 500"],
    words: [["[specVersion]", "the new version (default: one more)"]],
    methods: ["dev_upgradeRuntime"],
    load: async () => (await import("../run/node.ts")).upgrade,
  },
];

import type { Verb } from "../verb.ts";

/** Looking at it. */
export const inspectVerbs: readonly Verb[] = [
  {
    name: "info",
    group: "Run:",
    what: "what the chain is and where it stands",
    examples: ["info", "info --endpoint ws://127.0.0.1:9944 --json"],
    methods: ["dev_info"],
    load: async () => (await import("../run/info.ts")).info,
  },
  {
    name: "pool",
    group: "Inspect:",
    what: "the transactions that wait; with --drop, take one out",
    examples: ["pool", "pool --drop 0x2d08e2714466e1b82506e10924b1176d67f856b47edcb193adda89a60acb3753"],
    flags: [["--drop <hash>", "hash of the transaction to take out"]],
    methods: ["dev_dropExtrinsic"],
    load: async () => (await import("../run/pool.ts")).pool,
  },
  {
    name: "log",
    group: "Inspect:",
    what: "log the requests that the chain answers",
    examples: ["log on 'state_*'", "log off"],
    words: [
      ["<on|off>", "whether"],
      ["[filter]", "which methods, * for any end"],
    ],
    methods: ["dev_setLogging"],
    load: async () => (await import("../run/node.ts")).log,
  },
  {
    name: "dry-run",
    group: "Inspect:",
    what: "what a call or an extrinsic would do: result, events, storage; nothing is kept",
    examples: [
      "dry-run --from //Bob SubtensorModule.burned_register netuid=2 hotkey=//Bob",
      "dry-run System.remark remark=hello --from root --at -10",
    ],
    words: [["[call...]", "Pallet.call name=value ..., JSON, or 0x hex"]],
    flags: [
      ["--from <origin>", "root, none, or an account"],
      ["--extrinsic <hex>", "a signed extrinsic instead of a call"],
      ["--at <block>", "on the state after this block (default: the head)"],
    ],
    methods: ["dev_dryRun"],
    load: async () => (await import("../run/inspect.ts")).dryRun,
  },
  {
    name: "trace",
    group: "Inspect:",
    what: "run a kept block again and show what each step of it did",
    examples: ["trace 120:0", "trace -1"],
    words: [
      ["<block>", "number, -n or hash; with :i behind it only extrinsic i"],
      ["[i]", "the same as :i"],
    ],
    methods: ["dev_traceBlock"],
    load: async () => (await import("../run/inspect.ts")).trace,
  },
  {
    name: "diff",
    group: "Inspect:",
    what: "the storage entries in which two blocks differ",
    examples: ["diff 100 120", "diff -1"],
    words: [
      ["<from>", "number, -n or hash"],
      ["[to]", "the same (default: the newest)"],
    ],
    methods: ["dev_diff"],
    load: async () => (await import("../run/inspect.ts")).diff,
  },
  {
    name: "decode",
    group: "Inspect:",
    what: "what bytes are: a storage key, a call, an extrinsic, an error",
    examples: ["decode 0x0000086869", "decode 0x658faa385070e074c85bf6b568cf0555 --json"],
    words: [["<hex>", "the bytes, 0x hex"]],
    methods: ["dev_decode"],
    load: async () => (await import("../run/inspect.ts")).decode,
  },
];

import type { Verb } from "../verb.ts";

const callWords = ["<call...>", "Pallet.call name=value ..., JSON, or 0x hex"] as const;

/** Acting as someone. */
export const accountVerbs: readonly Verb[] = [
  {
    name: "accounts",
    group: "Accounts:",
    what: "the development accounts and what they own",
    examples: ["accounts", "accounts --keys"],
    flags: [["--keys", "their public keys and secrets too"]],
    methods: ["dev_accounts"],
    load: async () => (await import("../run/accounts.ts")).accounts,
  },
  {
    name: "as",
    group: "Accounts:",
    what: "make a call as any account; without a call, accept its transactions whatever their signatures",
    examples: ["as //Alice Balances.transfer_keep_alive dest=//Bob value=1tao", "as //Bob"],
    words: [
      ["<account>", "SS58 address, public key, or //Alice"],
      ["[call...]", callWords[1]],
    ],
    flags: [
      ["--stop", "look at its signatures again"],
      ["--ignore-limits", "rate limits and windows do not hold for this call"],
    ],
    methods: ["dev_impersonate", "dev_stopImpersonating", "dev_call"],
    load: async () => (await import("../run/accounts.ts")).actAs,
  },
  {
    name: "sudo",
    group: "Accounts:",
    what: "make a call as root",
    examples: [
      "sudo AdminUtils.sudo_set_tempo netuid=2 tempo=20",
      "sudo AdminUtils.sudo_set_weights_set_rate_limit netuid=2 weights_set_rate_limit=0 --ignore-limits",
    ],
    words: [callWords],
    flags: [["--ignore-limits", "rate limits and the admin window do not hold for this call"]],
    methods: ["dev_call"],
    load: async () => (await import("../run/accounts.ts")).sudo,
  },
  {
    name: "call",
    group: "Accounts:",
    what: "make a call from a given origin; with --encode only print its bytes",
    examples: [
      "call SubtensorModule.burned_register netuid=2 hotkey=//Miner//9//hot --from //Alice",
      "call System.remark remark=hello --encode",
    ],
    words: [callWords],
    flags: [
      ["--from <origin>", "root, none, or an account"],
      ["--ignore-limits", "rate limits and windows do not hold for this call"],
      ["--encode", "print the call as 0x hex and send nothing"],
    ],
    methods: ["dev_call"],
    load: async () => (await import("../run/accounts.ts")).call,
  },
];

import type { Verb } from "../verb.ts";

/** Faults on purpose. */
export const faultVerbs: readonly Verb[] = [
  {
    name: "fault",
    group: "Faults:",
    what: "make requests go wrong: lost, late or refused answers, cut or silent connections; list them, clear them",
    examples: ["fault error --method 'author_*' --rate 20%", "fault delay 2s --method state_call --count 5"],
    words: [
      ["<kind>", "drop, delay, error, close (cut the connection), mute (subscriptions fall silent); list; clear"],
      ["[time]", "how late, for delay; the id, for clear (default: all)"],
    ],
    flags: [
      ["--method <name>", "methods it hits, * for any characters (default: all but dev_*)"],
      ["--rate <share>", "share of them: 0.2 or 20% (default: all)"],
      ["--count <n>", "how often, then never again (default: for ever)"],
      ["--seed <n>", "source of the chances: the same seed hits the same requests"],
      ["--code <n>", "code of the error (default: -32000)"],
      ["--message <text>", "its message"],
    ],
    methods: ["dev_setFault", "dev_faults", "dev_clearFaults"],
    load: async () => (await import("../run/faults.ts")).fault,
  },
];

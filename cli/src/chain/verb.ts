import type { DevRpc } from "@subnetkit/chain/client/dev/rpc";

/** Headings of `subnetkit chain --help`, in order. */
export const verbGroups = ["Run:", "Blocks:", "Time travel:", "State:", "Accounts:", "Inspect:", "Faults:"] as const;

/** A heading. */
export type VerbGroup = (typeof verbGroups)[number];

/** What a verb is given. */
export type VerbInput = {
  readonly rpc: DevRpc;
  readonly endpoint: string;
  /** The words after the verb. */
  readonly words: readonly string[];
  /** Options by the name commander gives them: text, or true for a switch. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Prints a line about what is under way, on stderr. */
  readonly note: (line: string) => void;
};

/** A verb's answer, in both forms of output. */
export type VerbAnswer = {
  /** The document of `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** Where the answer is a no: 4, what the chain would refuse. 0 where absent. */
  readonly exitCode?: number;
};

/** Carries a verb out. */
export type VerbRun = (input: VerbInput) => Promise<VerbAnswer>;

/** One verb of `subnetkit chain`: its help, and where its work is. The table of them is loaded for every `--help`, so it loads nothing itself. */
export type Verb = {
  readonly name: string;
  readonly group: VerbGroup;
  /** One line. */
  readonly what: string;
  /** Two command lines without the `npx subnetkit chain` in front. */
  readonly examples: readonly [string, string];
  /** Words: commander's syntax and what it is. */
  readonly words?: readonly (readonly [syntax: string, what: string])[];
  readonly flags?: readonly (readonly [syntax: string, what: string])[];
  /** The dev_* methods it uses. */
  readonly methods: readonly string[];
  readonly load: () => Promise<VerbRun>;
};

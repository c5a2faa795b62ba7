import { accountVerbs } from "./verbs/accounts.ts";
import { blockVerbs } from "./verbs/blocks.ts";
import { faultVerbs } from "./verbs/faults.ts";
import { inspectVerbs } from "./verbs/inspect.ts";
import { stateVerbs } from "./verbs/state.ts";
import { timeTravelVerbs } from "./verbs/time-travel.ts";
import type { Verb } from "./verb.ts";

/** Every verb of `subnetkit chain` but `dev`, in the order of its help. */
export const chainVerbs: readonly Verb[] = [
  ...inspectVerbs.filter(({ group }) => group === "Run:"),
  ...blockVerbs,
  ...timeTravelVerbs,
  ...stateVerbs,
  ...accountVerbs,
  ...inspectVerbs.filter(({ group }) => group !== "Run:"),
  ...faultVerbs,
];

import type { Network, NetworkOptions } from "../harness/network.ts";
import type { Random } from "../harness/random.ts";

/** One way in which the world goes wrong. */
export type Scenario = {
  readonly name: string;
  /** What happens, for the table. */
  readonly what: string;
  /** The processes of the validator and their settings, chosen by the seed. */
  readonly network: (random: Random) => NetworkOptions;
  /** Lets it happen. What it asserts beyond the audit, it throws; what it wants to have said, it gives. */
  readonly run: (network: Network) => Promise<string | undefined>;
};

/** A started subnet with validators and miners, made by extrinsics, for tests that need one. */
import { account, admin, fund, subtensor, TAO, World } from "./world.ts";

export const NETUID = 2;
export const OWNER = "//Subnet//owner";
export const validatorHotkey = (i: number): string => `//Validator//${i}//hot`;
export const validatorColdkey = (i: number): string => (i === 0 ? OWNER : `//Validator//${i}`);
export const minerHotkey = (i: number): string => `//Miner//${i}//hot`;
export const minerColdkey = (i: number): string => `//Miner//${i}`;

export interface ScenarioOptions {
  readonly validators?: number;
  readonly miners?: number;
  readonly tempo?: number;
  readonly beacon?: boolean;
  /** Stake per validator in TAO. */
  readonly stakes?: readonly bigint[];
}

/** Netuid 2 with the owner's hotkey as validator 0 (uid 0), further validators, then miners; started and staked. */
export function startSubnet(options: ScenarioOptions = {}): World {
  const { validators = 2, miners = 3, tempo = 20, stakes = [600n, 400n] } = options;
  const world = new World({ beacon: options.beacon ?? false });
  const coldkeys = [
    ...Array.from({ length: validators }, (_, i) => validatorColdkey(i)),
    ...Array.from({ length: miners }, (_, i) => minerColdkey(i)),
  ];
  world.must(...coldkeys.map((uri) => fund(uri, 5_000n * TAO)));
  world.must(
    admin("sudo_set_admin_freeze_window", { window: 0 }),
    admin("sudo_set_owner_hparam_rate_limit", { epochs: 0 }),
    subtensor(OWNER, "register_network", { hotkey: account(validatorHotkey(0)) }),
  );
  world.must(
    subtensor(OWNER, "start_call", { netuid: NETUID }),
    admin("sudo_set_tempo", { netuid: NETUID, tempo }),
    admin("sudo_set_weights_set_rate_limit", { netuid: NETUID, weights_set_rate_limit: 0n }),
    admin("sudo_set_serving_rate_limit", { netuid: NETUID, serving_rate_limit: 0n }),
    admin("sudo_set_subnet_emission_enabled", { netuid: NETUID, enabled: true }),
  );
  for (let i = 1; i < validators; i++)
    world.must(
      subtensor(validatorColdkey(i), "burned_register", { netuid: NETUID, hotkey: account(validatorHotkey(i)) }),
    );
  for (let i = 0; i < miners; i++)
    world.must(subtensor(minerColdkey(i), "burned_register", { netuid: NETUID, hotkey: account(minerHotkey(i)) }));
  world.must(
    ...Array.from({ length: validators }, (_, i) =>
      subtensor(validatorColdkey(i), "add_stake", {
        hotkey: account(validatorHotkey(i)),
        netuid: NETUID,
        amount_staked: (stakes[i] ?? 100n) * TAO,
      }),
    ),
  );
  return world;
}

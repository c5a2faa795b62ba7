import type { GenesisDocument } from "../schema.ts";
import { minerUris, OWNER_URI, validatorUris } from "./uris.ts";

const MINERS = 6;
const FIRST_AXON_PORT = 10_100;
const U16_MAX = 65_535;

/**
 * One running subnet, netuid 2, with the cast of the local network: its owner's hotkey is validator 0, validators have 600 and 400 TAO of stake, six
 * miners announce this machine. Weights are set, so that epochs pay without anyone acting; rate limits of weights and axons are off.
 */
export function twoValidators(): GenesisDocument {
  const validators = [0, 1].map((i) => ({ ...validatorUris(i), stake: i === 0 ? "600 TAO" : "400 TAO", permit: true }));
  const miners = Array.from({ length: MINERS }, (_, i) => ({ ...minerUris(i), axon: { port: FIRST_AXON_PORT + i } }));
  const row = miners.map((_, i): [number, number] => [2 + i, Math.floor((U16_MAX * (MINERS - i)) / MINERS)]);
  return {
    accounts: [
      { account: OWNER_URI, balance: 5_000 },
      { account: validatorUris(1).coldkey, balance: 1_000 },
      ...miners.map(({ coldkey }) => ({ account: coldkey, balance: 110 })),
    ],
    root: { stakingOpen: true },
    subnets: [
      {
        netuid: 2,
        owner: OWNER_URI,
        tempo: 20,
        hyperparameters: { weights_rate_limit: 0, serving_rate_limit: 0 },
        movingPrice: 1,
        neurons: [...validators, ...miners],
        weights: { "0": row, "1": row },
      },
    ],
  };
}

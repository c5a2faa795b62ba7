import type { GenesisDocument } from "../schema.ts";
import { minerUris, OWNER_URI, validatorUris } from "./uris.ts";

const NEURONS = 256;
const VALIDATORS = 64;
const FIRST_AXON_PORT = 10_100;

/**
 * A full subnet, netuid 2: 64 validators with permits, whole rows of weights and bonds, and 192 miners. Validators agree about a miner but for a few
 * percent, as they do on a subnet that works. What an epoch and a metagraph cost at most.
 */
export function full256(): GenesisDocument {
  const validators = Array.from({ length: VALIDATORS }, (_, i) => ({
    ...validatorUris(i),
    stake: `${10_000 - 100 * i} alpha`,
    permit: true,
  }));
  const miners = Array.from({ length: NEURONS - VALIDATORS }, (_, i) => ({
    ...minerUris(i),
    axon: { port: FIRST_AXON_PORT + i },
  }));
  const rowsOf = (value: (from: number, to: number) => number): Record<string, [number, number][]> =>
    Object.fromEntries(
      validators.map((_, from) => [
        String(from),
        Array.from({ length: NEURONS }, (_unused, to): [number, number] => [to, value(from, to)]),
      ]),
    );
  return {
    accounts: [
      { account: OWNER_URI, balance: 5_000 },
      ...[...validators.slice(1), ...miners].map(({ coldkey }) => ({ account: coldkey, balance: 110 })),
    ],
    root: { stakingOpen: true },
    subnets: [
      {
        netuid: 2,
        owner: OWNER_URI,
        tempo: 20,
        hyperparameters: { weights_rate_limit: 0, serving_rate_limit: 0 },
        reserves: { tao: 50_000, alpha: 50_000 },
        movingPrice: 1,
        neurons: [...validators, ...miners],
        weights: rowsOf(weight),
        bonds: rowsOf(weight),
      },
    ],
  };
}

/** Miners are worth 10,000 to 59,999, validators next to nothing; a validator's view differs by up to 5 %. */
function weight(from: number, to: number): number {
  if (to < VALIDATORS) return 10;
  const worth = 10_000 + ((to * 7_919) % 50_000);
  return worth + Math.floor((worth * ((from * 31 + to * 17) % 11)) / 220);
}

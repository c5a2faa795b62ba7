/** Development paths of the cast, the same as those of the local network: a person can sign for every one of them. */

/** Coldkey of a subnet's owner. */
export const OWNER_URI = "//Subnet//owner";

/** Coldkey and hotkey of a neuron. */
export interface NeuronUris {
  readonly coldkey: string;
  readonly hotkey: string;
}

/** Keys of validator `i`; the first one belongs to the subnet's owner. */
export function validatorUris(i: number): NeuronUris {
  return { coldkey: i === 0 ? OWNER_URI : `//Validator//${i}`, hotkey: `//Validator//${i}//hot` };
}

/** Keys of miner `i`. */
export function minerUris(i: number): NeuronUris {
  return { coldkey: `//Miner//${i}`, hotkey: `//Miner//${i}//hot` };
}

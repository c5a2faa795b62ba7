import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";

/** A neuron with nothing but what a test gives it. */
export function neuron(fields: Partial<Neuron> & { readonly uid: number; readonly hotkey: string }): Neuron {
  return {
    coldkey: `cold-${fields.hotkey}`,
    axon: undefined,
    active: true,
    validatorPermit: false,
    lastUpdate: 0,
    emissionRao: 0n,
    dividends: 0,
    incentive: 0,
    consensus: 0,
    validatorTrust: 0,
    alphaStakeRao: 0n,
    taoStakeRao: 0n,
    totalStakeRao: 0n,
    registeredAt: 0,
    ...fields,
  };
}

/** A subnet of these neurons. */
export function metagraph(neurons: readonly Neuron[], fields: Partial<Metagraph> = {}): Metagraph {
  return {
    netuid: 2,
    name: "test",
    block: 100,
    tempo: 20,
    lastStep: 80,
    blocksSinceLastStep: 20,
    registeredAt: 1,
    ownerHotkey: "owner",
    ownerColdkey: "owner-cold",
    alphaInRao: 0n,
    alphaOutRao: 0n,
    taoInRao: 0n,
    hyperparameters: {
      kappa: 32_767,
      immunityPeriodBlocks: 100,
      minAllowedWeights: 1,
      weightsVersionKey: 0n,
      weightsRateLimitBlocks: 0,
      activityCutoffBlocks: 5_000,
      maxValidators: 64,
      maxUids: 256,
      burnRao: 1n,
      registrationAllowed: true,
      servingRateLimitBlocks: 0,
      commitRevealEnabled: true,
      commitRevealPeriodEpochs: 1,
    },
    neurons,
    ...fields,
  };
}

/** The axon of a miner on this machine, as the chain holds it. */
export function localAxon(port: number): NonNullable<Neuron["axon"]> {
  return { ip: "0.0.0.1", port, ipType: 4, protocol: 4, version: 1, block: 1 };
}

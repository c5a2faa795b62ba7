import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";

/** A neuron with nothing but what a test names. */
export function neuron(hotkey: string, overrides: Partial<Neuron> = {}): Neuron {
  return {
    uid: 0,
    hotkey,
    coldkey: "cold",
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
    registeredAt: 1,
    ...overrides,
  };
}

/** A metagraph of these neurons at a block. */
export function metagraph(neurons: readonly Neuron[], block = 10): Metagraph {
  return {
    netuid: 2,
    name: "test",
    block,
    tempo: 20,
    lastStep: 0,
    blocksSinceLastStep: 0,
    registeredAt: 1,
    ownerHotkey: "owner",
    ownerColdkey: "owner",
    alphaInRao: 0n,
    alphaOutRao: 0n,
    taoInRao: 0n,
    hyperparameters: {
      kappa: 32_767,
      immunityPeriodBlocks: 5_000,
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
    neurons: neurons.map((entry, uid) => ({ ...entry, uid })),
  };
}

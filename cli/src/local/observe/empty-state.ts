import type { NetworkState } from "./network-state.ts";

/** What is known before anything is. */
export function emptyState(subnet: string): NetworkState {
  return {
    subnet,
    netuid: undefined,
    block: undefined,
    blockMs: 0,
    tempo: 0,
    epoch: undefined,
    blocksIntoEpoch: 0,
    epochsSinceReady: 0,
    blocksSinceReady: 0,
    paused: false,
    readyAt: undefined,
    neurons: [],
    processes: [],
    urls: {},
  };
}

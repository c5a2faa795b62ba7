import type { ChainClient } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, type Metagraph, type Neuron, neuronOf } from "@subnetkit/chain/client/metagraph";
import { appError } from "@subnetkit/shared/errors/app-error";

/** The miner's view of its subnet. */
export type MetagraphWatch = {
  /**
   * Reads the metagraph when it is due; to be called for every block. Throws E_MINER_DEREGISTERED when the hotkey is gone, and what the chain
   * connection throws; after the latter the next block tries again.
   */
  tick(block: number): Promise<void>;
  /** Our own neuron as of the last read. */
  self(): Neuron | undefined;
  block(): number | undefined;
};

/** Follows the metagraph every `refreshBlocks` blocks. `onMetagraph` gets every one that still holds our hotkey. */
export function createMetagraphWatch(
  {
    netuid,
    hotkey,
    refreshBlocks,
  }: { readonly netuid: number; readonly hotkey: string; readonly refreshBlocks: number },
  modules: { readonly client: ChainClient; readonly onMetagraph: (metagraph: Metagraph, self: Neuron) => void },
): MetagraphWatch {
  let nextBlock = 0;
  let last: { readonly metagraph: Metagraph; readonly self: Neuron } | undefined;
  return {
    self: () => last?.self,
    block: () => last?.metagraph.block,
    tick: async (block) => {
      if (block < nextBlock) return;
      const metagraph = await fetchMetagraph(modules.client, netuid);
      const self = neuronOf(metagraph, hotkey);
      if (self === undefined) throw appError("E_MINER_DEREGISTERED", { netuid, hotkey, block: metagraph.block });
      last = { metagraph, self };
      nextBlock = block + refreshBlocks;
      modules.onMetagraph(metagraph, self);
    },
  };
}

import type { ChainClient } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, type Metagraph, type Neuron, neuronOf } from "@subnetkit/chain/client/metagraph";
import { type AppError, appError, isAppError } from "@subnetkit/shared/errors/app-error";

/** The miner's view of its subnet. */
export type MetagraphWatch = {
  /**
   * Reads the metagraph when it is due; to be called for every block. Throws E_MINER_DEREGISTERED when the hotkey is gone for good, and what the chain
   * connection throws; after the latter the next block tries again.
   */
  tick(block: number): Promise<void>;
  /** Our own neuron as of the last read that had it. */
  self(): Neuron | undefined;
  block(): number | undefined;
};

/** What a watch tells. */
export type MetagraphWatchModules = {
  readonly client: ChainClient;
  /** Default: {@link fetchMetagraph}. */
  readonly read?: (client: ChainClient, netuid: number) => Promise<Metagraph>;
  /** Gets every metagraph that holds our hotkey. */
  readonly onMetagraph: (metagraph: Metagraph, self: Neuron) => void;
  /** A metagraph came without it: nobody is to be answered until one comes with it again. */
  readonly onMissing: (why: AppError) => void;
};

/**
 * A new block may yet be replaced by another, in which the hotkey never lost its place, and who leaves is not started again: so it leaves only when so
 * many blocks in a row are without it.
 */
const blocksToBelieve = 3;

/** Follows the metagraph every `refreshBlocks` blocks. */
export function createMetagraphWatch(
  {
    netuid,
    hotkey,
    refreshBlocks,
  }: { readonly netuid: number; readonly hotkey: string; readonly refreshBlocks: number },
  { client, read: fetch = fetchMetagraph, onMetagraph, onMissing }: MetagraphWatchModules,
): MetagraphWatch {
  let nextBlock = 0;
  let missing = 0;
  let last: { readonly metagraph: Metagraph; readonly self: Neuron } | undefined;

  /** The metagraph; undefined when the subnet is gone that we were on. */
  const read = async (): Promise<Metagraph | undefined> => {
    try {
      return await fetch(client, netuid);
    } catch (error) {
      if (last === undefined || !isAppError(error, "E_SUBNET_UNKNOWN")) throw error;
      return undefined;
    }
  };

  return {
    self: () => last?.self,
    block: () => last?.metagraph.block,
    tick: async (block) => {
      if (block < nextBlock) return;
      const metagraph = await read();
      const self = metagraph === undefined ? undefined : neuronOf(metagraph, hotkey);
      if (metagraph !== undefined && self !== undefined) {
        missing = 0;
        last = { metagraph, self };
        nextBlock = block + refreshBlocks;
        return onMetagraph(metagraph, self);
      }
      const gone = deregistered({ netuid, hotkey, block, metagraph, self: last?.self });
      if (last === undefined || ++missing >= blocksToBelieve) throw gone;
      nextBlock = block + 1;
      onMissing(gone);
    },
  };
}

/** What became of our place: the subnet is gone, its coldkey moved it to another hotkey, or somebody else has it. */
function deregistered({
  netuid,
  hotkey,
  block,
  metagraph,
  self,
}: {
  readonly netuid: number;
  readonly hotkey: string;
  readonly block: number;
  readonly metagraph: Metagraph | undefined;
  readonly self: Neuron | undefined;
}): AppError {
  const heir = metagraph?.neurons.find(({ uid }) => uid === self?.uid);
  return appError("E_MINER_DEREGISTERED", {
    netuid,
    hotkey,
    block,
    ...(metagraph === undefined ? { isSubnetGone: true } : {}),
    ...(self === undefined ? {} : { uid: self.uid }),
    ...(heir === undefined ? {} : { heir: heir.hotkey, isSwapped: heir.coldkey === self?.coldkey }),
  });
}

import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { type DevChain as RunningChain, startDevChain as start } from "@subnetkit/chain/node/start-dev-chain";

/** A development chain in this process, on a free port. */
export type DevChain = RunningChain & {
  /** Transactions in the pool; the beacon's pulses are not counted. */
  waiting(): number;
};

/** A logger that writes nowhere. */
export const silentLog: Logger = createLogger({
  name: "test",
  level: "silent",
  destination: { write: () => undefined },
});

/** Starts one. "instant" makes a block for each transaction; more blocks come from the `dev_newBlock` verb. */
export async function startDevChain(mode: "instant" | "manual" | "interval" = "instant"): Promise<DevChain> {
  const chain = await start({ mode }, { log: silentLog });
  return Object.assign(chain, {
    waiting: () => chain.node.pool.pending().filter(({ kind }) => kind === "signed").length,
  });
}

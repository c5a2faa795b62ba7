/** Whether a chain does what it should. */
import type { Health } from "@subnetkit/shared/metrics/server";
import type { ChainNode } from "./create-node.ts";

/** Without a block for this many intervals the chain counts as stuck. */
const STUCK_INTERVALS = 40;

/** Watches a chain from now on: ready from the first block on; degraded when blocks that should come do not. */
export function healthOf(node: ChainNode, now: () => number): () => Health {
  let lastBlockAt = now();
  node.onBlock(() => {
    lastBlockAt = now();
  });
  return () => {
    const { chain, producer } = node;
    const sinceBlockMs = now() - lastBlockAt;
    const stuck =
      producer.options.mode === "interval" &&
      !producer.paused &&
      sinceBlockMs > producer.options.blockMs * STUCK_INTERVALS;
    const ready = chain.head.number > 0;
    const reasons = [...(ready ? [] : ["no block yet"]), ...(stuck ? [`no block for ${sinceBlockMs} ms`] : [])];
    return {
      live: true,
      ready,
      degraded: stuck,
      reasons,
      info: { block: chain.head.number, paused: producer.paused },
    };
  };
}

import { type Metagraph, neuronOf } from "@subnetkit/chain/client/metagraph";
import type { EpochInput } from "@subnetkit/shared/consensus/epoch/types";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { ValidatorMetrics } from "../metrics.ts";
import type { WeightsProposal } from "../weights/proposal.ts";
import { findCopies, type WeightCopy } from "./copies.ts";
import { previewWeights, type WeightsPreview } from "./preview.ts";

/** The last preview, for the status page. */
export type WatchedWeights = { readonly preview: WeightsPreview; readonly copies: readonly WeightCopy[] };

/** Looks at weights before they are submitted. */
export interface WeightsWatch {
  /** Previews a proposal, warns, and remembers it. Never throws, and never takes longer than three seconds. */
  look(proposal: Pick<WeightsProposal, "weights" | "metagraph">): Promise<void>;
  /** What was seen last, undefined before the first submission. */
  current(): WatchedWeights | undefined;
}

/** How long reading the rows of others may hold a submission up, milliseconds. */
const lookMs = 3_000;

/** Makes a watch for one hotkey. */
export function createWeightsWatch(
  { ownHotkey }: { readonly ownHotkey: string },
  modules: {
    readonly readEpoch: (metagraph: Metagraph) => Promise<EpochInput>;
    readonly metrics: Metrics<ValidatorMetrics>;
    readonly log: Logger;
  },
): WeightsWatch {
  const { readEpoch, metrics, log } = modules;
  let watched: WatchedWeights | undefined;

  function tell({ preview, copies }: WatchedWeights): void {
    metrics.subnetkit_validator_expected_vtrust.set(preview.vtrust);
    metrics.subnetkit_validator_consensus_deviation.set(preview.deviation);
    metrics.subnetkit_validator_weight_copies.set(copies.length);
    const { vtrust, vtrustNow, deviation, warning } = preview;
    if (warning !== null) log.warn({ vtrust, vtrustNow, deviation, warning }, "these weights cost validator trust");
    const known = new Set(watched?.copies.map(({ hotkey }) => hotkey));
    for (const { uid, hotkey } of copies.filter((copy) => !known.has(copy.hotkey)))
      log.info({ uid, hotkey }, "a validator's weights equal the last consensus");
  }

  return {
    async look({ weights, metagraph }) {
      const ownUid = neuronOf(metagraph, ownHotkey)?.uid;
      if (ownUid === undefined) return;
      try {
        const epoch = await withTimeout(readEpoch(metagraph), lookMs, "Reading the weights of others");
        const preview = previewWeights(weights, { epoch, metagraph, ownUid });
        const next = { preview, copies: findCopies(metagraph, epoch.weights, ownUid) };
        tell(next);
        watched = next;
      } catch (error) {
        log.debug({ reason: errorMessage(error) }, "weights could not be previewed");
      }
    },
    current: () => watched,
  };
}

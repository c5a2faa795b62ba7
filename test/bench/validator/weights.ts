import { createRandom } from "@subnetkit/shared/subnet";
import type { Shape } from "@subnetkit/shared/scoring";
import { computeWeights } from "../../../validator/src/weights/compute.ts";
import { type Cost, costNow, medianCost, type Row, timeRow } from "../chain/measure.ts";

const uids = 4_096;
const shapes: readonly Shape[] = [
  { kind: "linear" },
  { kind: "power", exponent: 2.5 },
  { kind: "softmax", beta: 8 },
  { kind: "topK", k: 64 },
  { kind: "rank", decay: 0.99 },
];

/** From moving averages to the row that is sent, for the largest subnet. */
export async function weights({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const { next } = createRandom("bench weights");
  const neurons = Array.from({ length: uids }, (_, uid) => ({ uid, hotkey: `hotkey-${uid}` }));
  const scores = new Map(neurons.map(({ hotkey }) => [hotkey, next()]));
  const metagraph = { neurons, hyperparameters: { minAllowedWeights: 8 } };
  return shapes.map((shape) => {
    const costs: Cost[] = [];
    for (let i = -5; i < (quick ? 11 : 51); i++) {
      const cost = costNow(() => computeWeights({ scores, metagraph, ownHotkey: "hotkey-0", shape }));
      if (i >= 0) costs.push(cost);
    }
    return timeRow(`weights of ${uids} uids, ${shape.kind}`, medianCost(costs), 20);
  });
}

import { aboveChance, accuracy, latencyCurve } from "@subnetkit/shared/scoring";
import { defineSubnet, defineTask, randomInt } from "@subnetkit/shared/subnet";
import { z } from "zod";
import { augment, challengeDistortion } from "./augment.ts";
import { CLASSES, digitSplit, IMAGE_SIZE } from "./dataset.ts";

/** Images per challenge. */
export const BATCH = 32;

/** Milliseconds after which an answer is late. */
export const TIMEOUT_MS = 1500;

const image = z.array(z.int().min(0).max(255)).length(IMAGE_SIZE * IMAGE_SIZE);
const label = z
  .int()
  .min(0)
  .max(CLASSES - 1);

/**
 * Name the digit on each of 32 small images.
 *
 * Score: max(0, (accuracy - 0.1) / 0.9), so that guessing earns nothing in the mean, times a speed factor: 1 up to a third of the timeout, then falling to 0.9 at
 * the timeout. Speed decides at most a tenth, so a model that is clearly better stays ahead however slow it is.
 */
export const classify = defineTask({
  id: "classify",
  request: z.object({ images: z.array(image).length(BATCH) }),
  response: z.object({ labels: z.array(label).length(BATCH) }),
  limits: { timeoutMs: TIMEOUT_MS, maxResponseBytes: 4096 },
  challenge(env) {
    const { heldOut } = digitSplit();
    const drawn = Array.from({ length: BATCH }, () => heldOut[randomInt(env.random, heldOut.length)]!);
    return {
      request: { images: drawn.map((digit) => augment(digit.pixels, env.random, challengeDistortion)) },
      key: drawn.map((digit) => digit.label),
    };
  },
  scorer: {
    kind: "each",
    score({ key }, { body, latencyMs }) {
      const speed = latencyCurve(latencyMs, { fullUntilMs: TIMEOUT_MS / 3, endMs: TIMEOUT_MS, floor: 0.9 });
      return aboveChance(accuracy(body.labels, key), CLASSES) * speed;
    },
  },
});

/** Handwritten digits: miners run a classifier, validators know the answers. */
export const subnet = defineSubnet({
  name: "digits",
  version: 1,
  description: "Miners name handwritten digits; validators draw fresh images and know the answers.",
  tasks: { classify },
  weights: { ema: 0.3, shape: { kind: "power", exponent: 3 } },
  local: {
    miners: [
      { variant: "large", label: "mlp-large" },
      { variant: "medium", label: "mlp-medium" },
      { variant: "small", label: "mlp-small" },
      { variant: "guesser", label: "guesser" },
      { variant: "late", label: "late half the time" },
      { variant: "large", label: "offline", offline: true },
    ],
  },
});

export default subnet;

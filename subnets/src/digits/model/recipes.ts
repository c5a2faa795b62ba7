import { challengeDistortion } from "../augment.ts";
import type { Recipe } from "./train-mlp.ts";

/** The three networks of the local network, from a good one to a poor one. */
export const recipes = {
  /** Learns from distorted images, as the challenges are. */
  large: { hidden: 96, images: 1258, epochs: 200, learningRate: 0.004, distortion: challengeDistortion },
  /** Learns from the images as they were scanned, so that shifts and turns surprise it. */
  medium: { hidden: 12, images: 1258, epochs: 30, learningRate: 0.004 },
  /** Learns from 150 scanned images only. */
  small: { hidden: 8, images: 150, epochs: 30, learningRate: 0.006 },
} as const satisfies Record<string, Recipe>;

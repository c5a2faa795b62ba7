import type { RandomSource } from "@subnetkit/shared/subnet";
import { IMAGE_SIZE } from "./dataset.ts";

/** How far an image may be moved away from the one it was drawn from; every value is the largest deviation to either side. */
export type Distortion = {
  /** Tangent of half the rotation: 0.1 is about 11 degrees. */
  readonly halfTangent: number;
  /** 0.1 is a scale from 0.9 to 1.1. */
  readonly scale: number;
  /** Pixels. */
  readonly shift: number;
  /** Ink between 1 - contrast and 1 of full black. */
  readonly contrast: number;
  /** Noise per pixel, as a part of full black: triangular, at most this. */
  readonly noise: number;
};

/** What validators apply to the images of a challenge. */
export const challengeDistortion: Distortion = {
  halfTangent: 0.09,
  scale: 0.1,
  shift: 0.6,
  contrast: 0.3,
  noise: 0.15,
};

/**
 * A distorted copy of an 8 x 8 image: rotated, scaled and shifted by parts of a pixel with bilinear sampling, then contrast and noise. In: 0 to 16; out: whole
 * numbers 0 to 255. Draws 133 random numbers.
 *
 * Only additions, multiplications and divisions, no trigonometric function: IEEE 754 fixes their results, so every engine draws the same image from a seed.
 */
export function augment(pixels: Uint8Array, random: RandomSource, by: Distortion): number[] {
  const spread = (largest: number): number => (random() * 2 - 1) * largest;
  const t = spread(by.halfTangent);
  const scale = 1 + spread(by.scale);
  const shiftX = spread(by.shift);
  const shiftY = spread(by.shift);
  const ink = 1 - random() * by.contrast;
  // cos and sin of the angle whose half has the tangent t, over the scale: the inverse map, from a pixel of the copy to its place in the image.
  const cos = (1 - t * t) / (1 + t * t) / scale;
  const sin = (2 * t) / (1 + t * t) / scale;
  const centre = (IMAGE_SIZE - 1) / 2;
  const result: number[] = [];
  for (let y = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      const dx = x - centre - shiftX;
      const dy = y - centre - shiftY;
      const value = (sample(pixels, centre + cos * dx + sin * dy, centre - sin * dx + cos * dy) / 16) * ink;
      const noise = (random() + random() - 1) * by.noise;
      result.push(Math.round(Math.min(1, Math.max(0, value + noise)) * 255));
    }
  }
  return result;
}

/** Bilinear sample; outside the image there is paper. */
function sample(pixels: Uint8Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const upper = at(pixels, left, top) * (1 - fx) + at(pixels, left + 1, top) * fx;
  const lower = at(pixels, left, top + 1) * (1 - fx) + at(pixels, left + 1, top + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}

function at(pixels: Uint8Array, x: number, y: number): number {
  return x < 0 || y < 0 || x >= IMAGE_SIZE || y >= IMAGE_SIZE ? 0 : pixels[y * IMAGE_SIZE + x]!;
}

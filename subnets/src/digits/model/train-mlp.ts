import { createRandom, shuffled } from "@subnetkit/shared/subnet";
import { augment, type Distortion } from "../augment.ts";
import { CLASSES, type Digit, IMAGE_SIZE } from "../dataset.ts";
import { backward, createMlp, forward, type LayerGradient, type Mlp } from "./mlp.ts";

/** How a network is trained. */
export type Recipe = {
  /** Width of the hidden layer. */
  readonly hidden: number;
  /** Images it may learn from, the first so many of the training part. */
  readonly images: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Distortion of the images it sees; without one it sees them as they were scanned. */
  readonly distortion?: Distortion;
};

const MINIBATCH = 32;

/** Trains a network with Adam on cross-entropy. Same recipe, images and seed: the same network. */
export function trainMlp(recipe: Recipe, digits: readonly Digit[], seed: string): Mlp {
  const random = createRandom(seed);
  const mlp = createMlp([IMAGE_SIZE * IMAGE_SIZE, recipe.hidden, CLASSES], random.split("weights").next);
  const subset = shuffled(random.split("subset").next, digits).slice(0, recipe.images);
  const draws = random.split("images").next;
  const step = adam(mlp);
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = shuffled(draws, subset);
    // Falls to a tenth over the run, so that the last epochs settle.
    const learningRate = recipe.learningRate * (1 - 0.9 * (epoch / recipe.epochs));
    for (let start = 0; start < order.length; start += MINIBATCH) {
      const gradients = zeros(mlp);
      const batch = order.slice(start, start + MINIBATCH);
      for (const { pixels, label } of batch) {
        const image = recipe.distortion === undefined ? asScanned(pixels) : augment(pixels, draws, recipe.distortion);
        backward(mlp, forward(mlp, toInput(image)), label, gradients);
      }
      step(gradients, batch.length, learningRate);
    }
  }
  return mlp;
}

/** Pixels 0 to 255 as the network sees them: 0 to 1. */
export function toInput(image: readonly number[]): Float64Array {
  return Float64Array.from(image, (value) => value / 255);
}

/** The class a network names. */
export function predict(mlp: Mlp, image: readonly number[]): number {
  const probabilities = forward(mlp, toInput(image)).at(-1)!;
  return probabilities.indexOf(Math.max(...probabilities));
}

function asScanned(pixels: Uint8Array): number[] {
  return Array.from(pixels, (value) => Math.round((value / 16) * 255));
}

function zeros(mlp: Mlp): LayerGradient[] {
  return mlp.map((layer) => ({
    weights: new Float64Array(layer.weights.length),
    bias: new Float64Array(layer.bias.length),
  }));
}

/** Adam (Kingma and Ba 2014) with its usual constants. Changes the network in place. */
function adam(mlp: Mlp): (gradients: readonly LayerGradient[], count: number, learningRate: number) => void {
  const mean = zeros(mlp);
  const square = zeros(mlp);
  // The decay constants to the power of the steps so far, by multiplication: engines may differ in the last bit of a power.
  let meanDecay = 1;
  let squareDecay = 1;
  return (gradients, count, learningRate) => {
    meanDecay *= 0.9;
    squareDecay *= 0.999;
    const rate = (learningRate * Math.sqrt(1 - squareDecay)) / (1 - meanDecay);
    for (const [i, layer] of mlp.entries()) {
      for (const part of ["weights", "bias"] as const) {
        const [values, gradient, m, v] = [layer[part], gradients[i]![part], mean[i]![part], square[i]![part]];
        for (let k = 0; k < values.length; k++) {
          const g = gradient[k]! / count;
          m[k] = 0.9 * m[k]! + 0.1 * g;
          v[k] = 0.999 * v[k]! + 0.001 * g * g;
          values[k]! -= (rate * m[k]!) / (Math.sqrt(v[k]!) + 1e-8);
        }
      }
    }
  };
}

import type { RandomSource } from "@subnetkit/shared/subnet";

/** One fully connected layer: output = input * weights + bias, `weights` row-major with one row per input. */
export type Layer = {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
};

/** A multi-layer perceptron: ReLU between the layers, softmax after the last. */
export type Mlp = readonly Layer[];

/** Gradients of a layer, in the layout of its weights and bias. */
export type LayerGradient = { readonly weights: Float64Array; readonly bias: Float64Array };

/** A fresh network with He-uniform weights and zero bias. `sizes` are the widths from input to output. */
export function createMlp(sizes: readonly number[], random: RandomSource): Mlp {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!;
    const bound = Math.sqrt(6 / inputs);
    const weights = Float64Array.from({ length: inputs * outputs }, () => (random() * 2 - 1) * bound);
    return { inputs, outputs, weights, bias: new Float64Array(outputs) };
  });
}

/** Number of trainable values. */
export function parameterCount(mlp: Mlp): number {
  return mlp.reduce((sum, layer) => sum + layer.weights.length + layer.bias.length, 0);
}

/** What every layer gives for an input, the input first and the class probabilities last. */
export function forward(mlp: Mlp, input: Float64Array): Float64Array[] {
  const activations = [input];
  for (const [i, layer] of mlp.entries()) {
    const output = linear(layer, activations[i]!);
    activations.push(i === mlp.length - 1 ? softmax(output) : output.map((value) => Math.max(0, value)));
  }
  return activations;
}

/** Adds the gradients of the cross-entropy of one example to `gradients`. */
export function backward(
  mlp: Mlp,
  activations: readonly Float64Array[],
  label: number,
  gradients: readonly LayerGradient[],
): void {
  let delta = activations.at(-1)!.map((probability, i) => probability - (i === label ? 1 : 0));
  for (let i = mlp.length - 1; i >= 0; i--) {
    const { inputs, outputs, weights } = mlp[i]!;
    const gradient = gradients[i]!;
    const input = activations[i]!;
    const below = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) gradient.bias[o]! += delta[o]!;
    for (let k = 0; k < inputs; k++) {
      const value = input[k]!;
      // A ReLU that gave 0 passes nothing up and nothing down.
      if (value === 0) continue;
      let sum = 0;
      for (let o = 0; o < outputs; o++) {
        const at = k * outputs + o;
        gradient.weights[at]! += value * delta[o]!;
        sum += weights[at]! * delta[o]!;
      }
      below[k] = sum;
    }
    delta = below;
  }
}

function linear({ inputs, outputs, weights, bias }: Layer, input: Float64Array): Float64Array {
  const result = Float64Array.from(bias);
  for (let k = 0; k < inputs; k++) {
    const value = input[k]!;
    if (value === 0) continue;
    for (let o = 0; o < outputs; o++) result[o]! += value * weights[k * outputs + o]!;
  }
  return result;
}

function softmax(values: Float64Array): Float64Array {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

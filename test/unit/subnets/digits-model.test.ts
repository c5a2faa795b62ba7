import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { digitSplit } from "@subnetkit/subnets/digits/dataset";
import { trainMlp } from "@subnetkit/subnets/digits/model/train-mlp";
import { backward, createMlp, forward, type LayerGradient } from "@subnetkit/subnets/digits/model/mlp";
import { toOnnx } from "@subnetkit/subnets/digits/model/onnx";
import { recipes } from "@subnetkit/subnets/digits/model/recipes";
import { createRandom } from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { openOnnx } from "./onnx-model.ts";

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../../subnets/src/digits/model/${name}.onnx`, import.meta.url));

describe("the training script", () => {
  it.each(["small", "medium"] as const)("makes the committed %s.onnx again, byte for byte", (name) => {
    const mlp = trainMlp(recipes[name], digitSplit().train, `digits/train/${name}/1`);
    expect(Buffer.compare(toOnnx(mlp, `digits-${name}`), readFileSync(fileOf(name)))).toBe(0);
  });
});

describe("the network", () => {
  const mlp = createMlp([5, 4, 3], createRandom("gradients").next);
  const input = Float64Array.of(0.1, 0.9, 0.4, 0, 0.7);
  const label = 2;
  const loss = (): number => -Math.log(forward(mlp, input).at(-1)![label]!);

  it("has the gradients that finite differences give", () => {
    const gradients: LayerGradient[] = mlp.map((layer) => ({
      weights: new Float64Array(layer.weights.length),
      bias: new Float64Array(layer.bias.length),
    }));
    backward(mlp, forward(mlp, input), label, gradients);
    for (const [i, layer] of mlp.entries()) {
      for (const part of ["weights", "bias"] as const) {
        for (const k of layer[part].keys()) {
          const before = layer[part][k]!;
          layer[part][k] = before + 1e-6;
          const above = loss();
          layer[part][k] = before - 1e-6;
          const below = loss();
          layer[part][k] = before;
          expect(gradients[i]![part][k]).toBeCloseTo((above - below) / 2e-6, 6);
        }
      }
    }
  });
});

describe("the ONNX files", () => {
  it.each(["large", "medium", "small"])("%s takes any batch size and gives probabilities", async (name) => {
    const model = await openOnnx(fileOf(name));
    expect([model.inputs, model.outputs]).toEqual([["pixels"], ["probabilities"]]);
    for (const batch of [1, 7]) {
      const { probabilities } = await model.run({
        pixels: { type: "float32", dims: [batch, 64], data: new Float32Array(batch * 64).fill(0.5) },
      });
      expect(probabilities?.dims).toEqual([batch, 10]);
      const sum = Array.from(probabilities?.data as Float32Array).reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(batch, 5);
    }
    await model.close();
  });
});

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { aboveChance } from "@subnetkit/shared/scoring";
import { createRandom, randomInt } from "@subnetkit/shared/subnet";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { augment, challengeDistortion } from "../augment.ts";
import { CLASSES, digitSplit } from "../dataset.ts";
import { BATCH } from "../index.ts";
import { predict, toInput, trainMlp } from "./train-mlp.ts";
import { type Mlp, parameterCount } from "./mlp.ts";
import { onnxPorts, toOnnx } from "./onnx.ts";
import { recipes } from "./recipes.ts";

/*
 * Trains the three networks of the digits subnet, writes them as ONNX files into the folder given as the first argument (default: beside this file's source),
 * runs each file with onnxruntime on held-out challenges and prints what it got right. About 20 s on one core; the same files every time.
 */

const ROUNDS = 300;
const folder = resolve(process.argv[2] ?? "subnets/src/digits/model");

const { train, heldOut } = digitSplit();
const random = createRandom("digits/evaluate/1").next;
const rounds = Array.from({ length: ROUNDS }, () =>
  Array.from({ length: BATCH }, () => {
    const digit = heldOut[randomInt(random, heldOut.length)]!;
    return { image: augment(digit.pixels, random, challengeDistortion), label: digit.label };
  }),
);

for (const [name, recipe] of Object.entries(recipes)) {
  const mlp = trainMlp(recipe, train, `digits/train/${name}/1`);
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, toOnnx(mlp, `digits-${name}`));
  console.log(`${name}: ${parameterCount(mlp)} parameters, ${await evaluate(file, mlp)}, ${file}`);
}

/** Accuracy over all rounds, and how far the mean of five rounds strays from it. Throws when onnxruntime and the trainer disagree. */
async function evaluate(file: string, mlp: Mlp): Promise<string> {
  const session = await InferenceSession.create(file);
  const accuracies: number[] = [];
  let differences = 0;
  for (const round of rounds) {
    const pixels = Float32Array.from(round.flatMap(({ image }) => [...toInput(image)]));
    const result = await session.run({ [onnxPorts.input]: new Tensor("float32", pixels, [BATCH, 64]) });
    const probabilities = result[onnxPorts.output]!.data as Float32Array;
    let right = 0;
    for (const [i, { image, label }] of round.entries()) {
      const row = probabilities.subarray(i * CLASSES, (i + 1) * CLASSES);
      const named = row.indexOf(Math.max(...row));
      if (named !== predict(mlp, image)) differences++;
      if (named === label) right++;
    }
    accuracies.push(right / BATCH);
  }
  await session.release();
  // Float32 may flip a near tie, not more.
  if (differences > 3) throw new Error(`${file}: onnxruntime and the trainer disagree on ${differences} images`);
  const fives = Array.from({ length: ROUNDS / 5 }, (_, i) => mean(accuracies.slice(i * 5, i * 5 + 5)));
  const all = mean(accuracies);
  const range = `${Math.min(...fives).toFixed(3)} to ${Math.max(...fives).toFixed(3)}`;
  return `accuracy ${all.toFixed(3)} (five rounds: ${range}), score ${aboveChance(all, CLASSES).toFixed(3)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

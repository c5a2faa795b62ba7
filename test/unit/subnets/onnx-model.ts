import type { Model, Tensor } from "@subnetkit/shared/subnet";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";

/** A model file run with onnxruntime on one thread: as much of a runtime as the tests of a subnet need. */
export async function openOnnx(file: string): Promise<Model> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    provider: "cpu",
    anyRows: true,
    sha256: "",
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => {
        if (type !== "float32") throw new Error(`the test runtime knows no ${type}`);
        return [name, new OrtTensor(type, data, dims)] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]): [string, Tensor] => [
          name,
          { type: "float32", dims, data: data as Float32Array },
        ]),
      );
    },
    close: () => session.release(),
  };
}

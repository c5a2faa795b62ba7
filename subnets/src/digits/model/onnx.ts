import type { Layer, Mlp } from "./mlp.ts";
import { bytes, encode, integer, message, type ProtoField, text } from "./protobuf.ts";

/** Names of the tensors at both ends: float32 pixels [N, 64] from 0 to 1, float32 probabilities [N, 10]. */
export const onnxPorts = { input: "pixels", output: "probabilities" } as const;

/** IR version 8 and operator set 13, which every onnxruntime since 1.10 reads. */
const IR_VERSION = 8;
const OPSET_VERSION = 13;
const FLOAT = 1;

/**
 * A network as an ONNX file with a free batch dimension: Gemm and Relu per hidden layer, Gemm and Softmax at the end. Weights become float32. Field numbers are
 * those of onnx.proto3.
 */
export function toOnnx(mlp: Mlp, name: string): Uint8Array {
  const graph: ProtoField[] = [];
  const node = (type: string, inputs: readonly string[], output: string): void => {
    graph.push(message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(3, output), text(4, type)));
  };
  let current: string = onnxPorts.input;
  for (const i of mlp.keys()) {
    const last = i === mlp.length - 1;
    node("Gemm", [current, `weights${i}`, `bias${i}`], `linear${i}`);
    current = last ? onnxPorts.output : `hidden${i}`;
    node(last ? "Softmax" : "Relu", [`linear${i}`], current);
  }
  graph.push(text(2, name));
  for (const [i, layer] of mlp.entries()) graph.push(...initializers(layer, i));
  graph.push(
    message(11, ...port(onnxPorts.input, mlp[0]!.inputs)),
    message(12, ...port(onnxPorts.output, mlp.at(-1)!.outputs)),
  );
  return encode(
    integer(1, IR_VERSION),
    text(2, "subnetkit"),
    message(7, ...graph),
    message(8, text(1, ""), integer(2, OPSET_VERSION)),
  );
}

function initializers({ inputs, outputs, weights, bias }: Layer, i: number): ProtoField[] {
  return [
    message(5, ...tensor(`weights${i}`, [inputs, outputs], weights)),
    message(5, ...tensor(`bias${i}`, [outputs], bias)),
  ];
}

function tensor(name: string, dims: readonly number[], values: Float64Array): ProtoField[] {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) raw.setFloat32(i * 4, value, true);
  return [
    ...dims.map((dim) => integer(1, dim)),
    integer(2, FLOAT),
    text(8, name),
    bytes(9, new Uint8Array(raw.buffer)),
  ];
}

/** A float32 tensor [N, width]. */
function port(name: string, width: number): ProtoField[] {
  const shape = message(2, message(1, text(2, "N")), message(1, integer(1, width)));
  return [text(1, name), message(2, message(1, integer(1, FLOAT), shape))];
}

import { bytes, encode, integer, message, type ProtoField, text } from "@subnetkit/subnets/digits/model/protobuf";

const FLOAT = 1;

/**
 * An ONNX model that multiplies its input `x` by the same square matrix `times` times and gives `y`: as slow as one likes, in a small file. The matrix
 * holds `value` on its diagonal, so that y is x times value to the power of `times`. `rows` fixes the first dimension; a name leaves it open.
 */
export function matmulModel({
  width,
  times,
  rows,
  value = 1,
  openWidth = false,
}: {
  readonly width: number;
  readonly times: number;
  readonly rows: number | string;
  readonly value?: number;
  /** Says nothing of the second dimension. */
  readonly openWidth?: boolean;
}): Uint8Array {
  const raw = new Float32Array(width * width);
  for (let i = 0; i < width; i++) raw[i * width + i] = value;
  const nodes: ProtoField[] = [];
  for (let i = 0; i < times; i++) {
    const [from, to] = [i === 0 ? "x" : `h${i}`, i === times - 1 ? "y" : `h${i + 1}`];
    nodes.push(message(1, text(1, from), text(1, "w"), text(2, to), text(3, to), text(4, "MatMul")));
  }
  const first = typeof rows === "number" ? integer(1, rows) : text(2, rows);
  const shape = message(2, message(1, first), message(1, openWidth ? text(2, "W") : integer(1, width)));
  const port = (name: string): ProtoField[] => [text(1, name), message(2, message(1, integer(1, FLOAT), shape))];
  const weights = [integer(1, width), integer(1, width), integer(2, FLOAT), text(8, "w")];
  return encode(
    integer(1, 8),
    message(
      7,
      ...nodes,
      text(2, "matmul"),
      message(5, ...weights, bytes(9, new Uint8Array(raw.buffer))),
      message(11, ...port("x")),
      message(12, ...port("y")),
    ),
    message(8, text(1, ""), integer(2, 13)),
  );
}

/** ONNX operators whose work, or the size of what they give, is told by what is in their inputs and not by how large they are. */
const operators = [
  ...["Compress", "ConstantOfShape", "Expand", "If", "Loop", "NonMaxSuppression", "NonZero"],
  ...["OneHot", "Pad", "Range", "Resize", "Tile", "Unique", "Upsample"],
];

/** As they stand in a file: field 4 (`op_type`) of a node, with the name's length. */
const marks = operators.map((name) => Buffer.concat([Buffer.of(0x22, name.length), Buffer.from(name)]));

/**
 * Whether the values in a request may make a run longer than the one that was measured with zeros: a loop that counts to an input, for one. May say so of
 * a file that only holds the same bytes elsewhere, which costs that model a thread.
 */
export function worksByValue(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return marks.some((mark) => bytes.includes(mark));
}

/** Writes the protobuf wire format (protobuf.dev/programming-guides/encoding): as much of it as an ONNX file needs. */
export type ProtoField = readonly Uint8Array[];

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A field that holds an unsigned integer below 2^53. */
export function integer(field: number, value: number): ProtoField {
  return [varint(field * 8 + VARINT), varint(value)];
}

/** A field that holds text. */
export function text(field: number, value: string): ProtoField {
  return bytes(field, Buffer.from(value, "utf8"));
}

/** A field that holds bytes. */
export function bytes(field: number, value: Uint8Array): ProtoField {
  return [varint(field * 8 + LENGTH_DELIMITED), varint(value.length), value];
}

/** A field that holds a message of other fields. */
export function message(field: number, ...fields: readonly ProtoField[]): ProtoField {
  return bytes(field, encode(...fields));
}

/** The bytes of a message. */
export function encode(...fields: readonly ProtoField[]): Uint8Array {
  return Buffer.concat(fields.flat());
}

function varint(value: number): Uint8Array {
  const result: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) result.push((rest % 0x80) + 0x80);
  result.push(rest);
  return Uint8Array.from(result);
}

import { encode, integer, message, type ProtoField, text } from "@subnetkit/subnets/digits/model/protobuf";

const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;

/** An ONNX model whose weights are the first 200 bytes of another file, and whose output is those that it is asked for. */
export function elsewhereModel(location: string): Uint8Array {
  const entry = (key: string, value: string): ProtoField => message(13, text(1, key), text(2, value));
  const where = [entry("location", location), entry("offset", "0"), entry("length", "200")];
  const weights = message(5, integer(1, 200), integer(2, UINT8), text(8, "w"), ...where, integer(14, 1));
  return model(
    message(1, text(1, "w"), text(1, "x"), text(2, "y"), text(3, "y"), text(4, "Gather")),
    weights,
    message(11, ...port("x", INT64, "N")),
    message(12, ...port("y", UINT8, "N")),
  );
}

/** An ONNX model that gives as many zeros as its input, one number, says. */
export function zerosModel(): Uint8Array {
  return model(
    message(1, text(1, "x"), text(2, "y"), text(3, "y"), text(4, "ConstantOfShape")),
    message(11, ...port("x", INT64, 1)),
    message(12, ...port("y", FLOAT, "N")),
  );
}

function port(name: string, type: number, size: number | string): ProtoField[] {
  const dim = typeof size === "number" ? integer(1, size) : text(2, size);
  return [text(1, name), message(2, message(1, integer(1, type), message(2, message(1, dim))))];
}

function model(...graph: readonly ProtoField[]): Uint8Array {
  return encode(integer(1, 8), message(7, text(2, "odd"), ...graph), message(8, text(1, ""), integer(2, 13)));
}

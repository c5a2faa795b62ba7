/** system_dryRun: what applying an extrinsic on top of a block comes to, as SCALE. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { ScaleError } from "../../../spec/cursor.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { result } from "../../../spec/scale/variants.ts";
import { dispatchResult, transactionValidityError } from "../../../spec/types.ts";
import { applyExtrinsic } from "../../block/apply.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import { checkExtrinsic } from "../../block/validity.ts";
import type { ChainNode } from "../../create-node.ts";
import { validityError } from "../../runtime/node-apis.ts";
import { executionAt } from "../block-at.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { RpcError } from "../rpc-error.ts";

/** ApplyExtrinsicResult: whether it may be in a block, and if so what its call came to. */
const applyExtrinsicResult = result(dispatchResult, transactionValidityError);
const future: ValueOf<typeof transactionValidityError> = { type: "Invalid", value: { type: "Future" } };

/** The method and its alias. */
export function dryRunMethods(node: ChainNode): MethodTable {
  const dryRun = (params: Params): string => {
    const extrinsic = decoded(params.bytes(0));
    const execution = executionAt(node, params, 1);
    const validity = checkExtrinsic(execution, extrinsic, node.chain.genesis.hash);
    if (validity.kind !== "valid")
      return bytesToHex(applyExtrinsicResult.enc({ type: "Err", value: validityError(validity) }));
    if (validity.future) return bytesToHex(applyExtrinsicResult.enc({ type: "Err", value: future }));
    return bytesToHex(applyExtrinsicResult.enc({ type: "Ok", value: applyExtrinsic(execution, extrinsic, 0) }));
  };
  return { system_dryRun: dryRun, system_dryRunAt: dryRun };
}

function decoded(bytes: Uint8Array): Extrinsic {
  try {
    return decodeExtrinsic(bytes);
  } catch (cause) {
    if (cause instanceof ScaleError) throw new RpcError(2, "Unable to dry run extrinsic.", cause.message);
    throw cause;
  }
}

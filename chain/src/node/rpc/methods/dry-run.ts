/** system_dryRun: what applying an extrinsic on top of a block comes to, as SCALE. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { ScaleError } from "../../../spec/cursor.ts";
import { applyExtrinsicResult } from "../../../spec/runtime-apis-node.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import type { ChainNode } from "../../create-node.ts";
import { applyChecked } from "../../runtime/executive/executive.ts";
import { executionAt } from "../block-at.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { RpcError } from "../rpc-error.ts";

/** The method and its alias. */
export function dryRunMethods(node: ChainNode): MethodTable {
  const dryRun = (params: Params): string => {
    const extrinsic = decoded(params.bytes(0));
    const execution = executionAt(node, params, 1);
    return bytesToHex(applyExtrinsicResult.enc(applyChecked(execution, extrinsic, node.chain.genesis.hash)));
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

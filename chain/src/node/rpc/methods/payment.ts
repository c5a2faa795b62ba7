/** payment_*: fees of a transaction before it is sent. */
import { ScaleError } from "../../../spec/cursor.ts";
import type { ChainNode } from "../../create-node.ts";
import { queryFeeDetails, queryInfo } from "../../runtime/node-apis.ts";
import { executionAt } from "../block-at.ts";
import type { MethodTable } from "../method.ts";
import { RpcError } from "../rpc-error.ts";

/** The methods. Amounts are decimal text in rao. */
export function paymentMethods(node: ChainNode): MethodTable {
  return {
    payment_queryInfo: (params) => {
      const info = decoding("dispatch info", () => queryInfo(executionAt(node, params, 1), params.bytes(0)));
      const weight = { ref_time: Number(info.weight.ref_time), proof_size: Number(info.weight.proof_size) };
      return { weight, class: info.class.type.toLowerCase(), partialFee: info.partial_fee.toString() };
    },
    payment_queryFeeDetails: (params) => {
      const details = decoding("fee details", () => queryFeeDetails(executionAt(node, params, 1), params.bytes(0)));
      const fee = details.inclusion_fee;
      return {
        inclusionFee:
          fee === undefined
            ? null
            : { baseFee: hex(fee.base_fee), lenFee: hex(fee.len_fee), adjustedWeightFee: hex(fee.adjusted_weight_fee) },
      };
    },
  };
}

const hex = (rao: bigint): string => `0x${rao.toString(16)}`;

/** Bytes that are no extrinsic trap in the runtime: error 1, as the pallet's RPC module tells it. */
function decoding<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ScaleError) throw new RpcError(1, `Unable to query ${what}.`, cause.message);
    throw cause;
  }
}

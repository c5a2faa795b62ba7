/** dev_setLogging: whether requests are logged, and which. */
import type { MethodTable } from "../method.ts";
import { invalidParams } from "../rpc-error.ts";
import { RPC_FILTER, type RpcLog } from "../rpc-log.ts";

/** The verb: `{rpc: true, filter?: "state_*"}` or `{rpc: false}`. */
export function devLoggingMethods(log: RpcLog): MethodTable {
  return {
    dev_setLogging: (params) => {
      const { rpc, filter } = params.object(0);
      if (typeof rpc !== "boolean") throw invalidParams("rpc must be true or false");
      if (filter !== undefined && (typeof filter !== "string" || !RPC_FILTER.test(filter)))
        throw invalidParams("filter must be method names with * for any rest, such as state_*, several with commas");
      const pattern = rpc ? (filter ?? "*") : undefined;
      log.configure(pattern);
      return { rpc, filter: pattern ?? null };
    },
  };
}

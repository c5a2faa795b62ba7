/** Core and BlockBuilder: the APIs a node makes and checks blocks by. Nothing they do is kept: each call has a state of its own. */
import {
  blockOf,
  applyExtrinsicResult,
  checkInherentsResult,
  inclusionMode,
  inherentData,
} from "../../../spec/runtime-apis-node.ts";
import { unit } from "../../../spec/scale/structs.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { header, runtimeVersionType } from "../../../spec/types.ts";
import { Execution } from "../../block/execution.ts";
import { bareExtrinsic, decodeExtrinsic } from "../../block/extrinsic.ts";
import type { State } from "../../storage/state.ts";
import { trap } from "../api-failure.ts";
import { apiMethod, type Ctx, type RuntimeApi } from "../pallet.ts";
import type { RuntimeVersion } from "../runtime.ts";
import { applyChecked, executeBlock, type ExecutiveModules, initializeBlock } from "./executive.ts";
import { uxt } from "./extrinsic-type.ts";
import { checkInherents, inherentCalls } from "./inherents.ts";

/** What the block APIs look up outside the state. */
export interface BlockApiModules extends ExecutiveModules {
  /** Version of the runtime that holds on a state. */
  version(state: State): RuntimeVersion;
}

const block = blockOf(uxt);

/** The APIs by trait name. */
export function blockApis(modules: BlockApiModules): Readonly<Record<string, RuntimeApi>> {
  return {
    Core: {
      version: 5,
      methods: {
        version: apiMethod({ args: {}, result: runtimeVersionType, run: ({ state }) => modules.version(state) }),
        execute_block: apiMethod({
          args: { block },
          result: unit,
          run: (ctx, args) =>
            void executeBlock(modules, ctx.block.parentHash, args.block.header, args.block.extrinsics),
        }),
        initialize_block: apiMethod({
          args: { header },
          result: inclusionMode,
          run: (ctx, args) => {
            initializeBlock(modules, ctx.block.parentHash, args.header);
            return { type: "AllExtrinsics" };
          },
        }),
      },
    },
    BlockBuilder: {
      version: 6,
      methods: {
        apply_extrinsic: apiMethod({
          args: { extrinsic: uxt },
          result: applyExtrinsicResult,
          run: (ctx, { extrinsic }) => applyChecked(running(ctx), decodeExtrinsic(extrinsic), modules.genesisHash()),
        }),
        finalize_block: apiMethod({
          args: {},
          result: header,
          run: () => {
            // A call of its own is no block: on the real chain too, nothing has set the time before it.
            throw trap("Timestamp must be updated once in the block");
          },
        }),
        inherent_extrinsics: apiMethod({
          args: { inherent: inherentData },
          result: vec(uxt),
          run: ({ state }, { inherent }) => inherentCalls(state, inherent).map((call) => bareExtrinsic(call).bytes),
        }),
        check_inherents: apiMethod({
          args: { block, data: inherentData },
          result: checkInherentsResult,
          run: ({ state }, args) => checkInherents(state, args.block.extrinsics.map(decodeExtrinsic), args.data),
        }),
      },
    },
  };
}

/** APIs run in an execution of the next block; the narrower context pallets see is the same object. */
export function running(ctx: Ctx): Execution {
  if (!(ctx instanceof Execution)) throw new TypeError("this runtime API needs an execution");
  return ctx;
}

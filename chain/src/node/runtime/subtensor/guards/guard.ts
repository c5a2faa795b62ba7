import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { RuntimeCall } from "../../../../spec/call.ts";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx, InvalidTx, Origin } from "../../pallet.ts";
import { delegateTakeProblem } from "../calls/delegation.ts";
import { evmProblem } from "../calls/evm.ts";
import { axonProblem, prometheusProblem } from "../calls/serving.ts";
import type { SubtensorError } from "../errors.ts";
import { passesNetworkLimit, passesWeightsLimit } from "../state/rate-limits.ts";
import { checkWeights } from "./check-weights.ts";
import { guardRefusal } from "./custom-code.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
type Problem = SubtensorError | undefined;
const S = subtensorModule.storage;

/** Calls a coldkey may send while its swap is announced. */
const SWAP_CALLS = [
  "announce_coldkey_swap",
  "swap_coldkey_announced",
  "dispute_coldkey_swap",
  "clear_coldkey_swap_announcement",
];

/**
 * Refuses a signed call before it is dispatched: at the pool as `Custom(code)`, nested as the module error. The order is the chain's:
 * coldkey swap, weights, rate limits, takes, endpoints, Ethereum keys (spec/subtensor-interface.md 1.5).
 */
export function guard(ctx: Ctx, origin: Origin, call: RuntimeCall): InvalidTx | undefined {
  if (origin.kind !== "signed") return undefined;
  const { who } = origin;
  const swap = coldkeySwapProblem(ctx, who, call);
  if (swap !== undefined) return guardRefusal(swap);
  if (call.pallet !== subtensorModule.name) return undefined;
  const problem =
    checkWeights(ctx, who, call) ??
    rateLimitProblem(ctx, who, call) ??
    takeProblem(ctx, who, call) ??
    servingProblem(ctx, who, call) ??
    evmKeyProblem(ctx, who, call);
  return problem === undefined ? undefined : guardRefusal(problem);
}

function coldkeySwapProblem(ctx: Ctx, who: string, call: RuntimeCall): Problem {
  if (!ctx.state.has(S.ColdkeySwapAnnouncements, who)) return undefined;
  if (ctx.state.has(S.ColdkeySwapDisputes, who)) return "ColdkeySwapDisputed";
  const allowed =
    (call.pallet === subtensorModule.name && SWAP_CALLS.includes(call.name)) ||
    (call.pallet === "MevShield" && call.name === "submit_encrypted");
  return allowed ? undefined : "ColdkeySwapAnnounced";
}

function rateLimitProblem(ctx: Ctx, who: string, call: RuntimeCall): Problem {
  switch (call.name) {
    case "commit_weights":
    case "commit_mechanism_weights": {
      const { netuid, mecid = 0 } = call.args as Partial<Args<"commit_mechanism_weights">> & { netuid: number };
      return passesWeightsLimit(ctx, netuid, mechanismStorageIndex(netuid, mecid), who)
        ? undefined
        : "CommittingWeightsTooFast";
    }
    case "set_weights":
    case "set_mechanism_weights": {
      const { netuid, mecid = 0 } = call.args as Partial<Args<"set_mechanism_weights">> & { netuid: number };
      if (ctx.state.get(S.CommitRevealWeightsEnabled, netuid)) return undefined;
      return passesWeightsLimit(ctx, netuid, mechanismStorageIndex(netuid, mecid), who)
        ? undefined
        : "SettingWeightsTooFast";
    }
    case "register_network":
      return passesNetworkLimit(ctx) ? undefined : "NetworkTxRateLimitExceeded";
    default:
      return undefined;
  }
}

function takeProblem(ctx: Ctx, who: string, call: RuntimeCall): Problem {
  if (call.name !== "increase_take" && call.name !== "decrease_take") return undefined;
  const { hotkey, take } = call.args as Args<"increase_take">;
  return delegateTakeProblem(ctx, who, hotkey, take);
}

function servingProblem(ctx: Ctx, who: string, call: RuntimeCall): Problem {
  switch (call.name) {
    case "serve_axon":
    case "serve_axon_tls":
      return axonProblem(ctx, who, call.args as Args<"serve_axon">);
    case "serve_prometheus":
      return prometheusProblem(ctx, who, call.args as Args<"serve_prometheus">);
    default:
      return undefined;
  }
}

function evmKeyProblem(ctx: Ctx, who: string, call: RuntimeCall): Problem {
  if (call.name !== "associate_evm_key") return undefined;
  return evmProblem(ctx, who, (call.args as Args<"associate_evm_key">).netuid);
}

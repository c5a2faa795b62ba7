/**
 * The JSON-RPC methods of Subtensor's own pallets (spec/subtensor-interface.md 4.3): runtime APIs under older names. Results are SCALE as a list of
 * numbers; whatever the runtime refuses is error code 1. The last parameter is always an optional block hash.
 */
import { concatBytes } from "@subnetkit/shared/util/bytes";
import type { ChainNode } from "../../create-node.ts";
import type { AnyApiMethod } from "../../runtime/pallet.ts";
import { executionAt } from "../block-at.ts";
import type { MethodTable, RpcMethod } from "../method.ts";
import { type Params, wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { callApi } from "./state.ts";

/** Entries a list of field indexes may have; there are 74 fields. */
const MAX_INDEXES = 1_024;

/** How a parameter is read from JSON. */
type Argument = (params: Params, at: number) => unknown;

const u16Argument: Argument = (params, at) => params.integer(at, 0, 65_535);
const u8Argument: Argument = (params, at) => params.integer(at, 0, 255);
const u64Argument: Argument = (params, at) => BigInt(params.integer(at, 0, Number.MAX_SAFE_INTEGER));
const address: Argument = (params, at) => params.account(at);
const indexes: Argument = (params, at) => numbers(params, at, MAX_INDEXES, 65_535);
/** An account as a list of its 32 bytes. Another length is the runtime's refusal, not a malformed parameter. */
const accountBytes: Argument = (params, at) => {
  const bytes = numbers(params, at, 1_024, 255);
  if (bytes.length !== 32) throw runtimeError(`an account has 32 bytes, not ${bytes.length}`);
  return `0x${Buffer.from(bytes).toString("hex")}`;
};

/** Methods that answer with bytes: the runtime API and how its arguments are read. */
const bytesMethods: Readonly<Record<string, readonly [api: string, ...args: Argument[]]>> = {
  delegateInfo_getDelegates: ["DelegateInfoRuntimeApi_get_delegates"],
  delegateInfo_getDelegate: ["DelegateInfoRuntimeApi_get_delegate", accountBytes],
  delegateInfo_getDelegated: ["DelegateInfoRuntimeApi_get_delegated", accountBytes],
  neuronInfo_getNeuronsLite: ["NeuronInfoRuntimeApi_get_neurons_lite", u16Argument],
  neuronInfo_getNeuronLite: ["NeuronInfoRuntimeApi_get_neuron_lite", u16Argument, u16Argument],
  neuronInfo_getNeurons: ["NeuronInfoRuntimeApi_get_neurons", u16Argument],
  neuronInfo_getNeuron: ["NeuronInfoRuntimeApi_get_neuron", u16Argument, u16Argument],
  subnetInfo_getSubnetInfo: ["SubnetInfoRuntimeApi_get_subnet_info", u16Argument],
  subnetInfo_getSubnetInfo_v2: ["SubnetInfoRuntimeApi_get_subnet_info_v2", u16Argument],
  subnetInfo_getSubnetsInfo: ["SubnetInfoRuntimeApi_get_subnets_info"],
  subnetInfo_getSubnetsInfo_v2: ["SubnetInfoRuntimeApi_get_subnets_info_v2"],
  subnetInfo_getSubnetHyperparams: ["SubnetInfoRuntimeApi_get_subnet_hyperparams", u16Argument],
  subnetInfo_getSubnetHyperparamsV2: ["SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", u16Argument],
  subnetInfo_getAllDynamicInfo: ["SubnetInfoRuntimeApi_get_all_dynamic_info"],
  subnetInfo_getDynamicInfo: ["SubnetInfoRuntimeApi_get_dynamic_info", u16Argument],
  subnetInfo_getAllMetagraphs: ["SubnetInfoRuntimeApi_get_all_metagraphs"],
  subnetInfo_getMetagraph: ["SubnetInfoRuntimeApi_get_metagraph", u16Argument],
  subnetInfo_getAllMechagraphs: ["SubnetInfoRuntimeApi_get_all_mechagraphs"],
  subnetInfo_getMechagraph: ["SubnetInfoRuntimeApi_get_mechagraph", u16Argument, u8Argument],
  subnetInfo_getSubnetState: ["SubnetInfoRuntimeApi_get_subnet_state", u16Argument],
  subnetInfo_getSelectiveMetagraph: ["SubnetInfoRuntimeApi_get_selective_metagraph", u16Argument, indexes],
  subnetInfo_getSelectiveMechagraph: [
    "SubnetInfoRuntimeApi_get_selective_mechagraph",
    u16Argument,
    u8Argument,
    indexes,
  ],
  subnetInfo_getColdkeyAutoStakeHotkey: ["SubnetInfoRuntimeApi_get_coldkey_auto_stake_hotkey", address, u16Argument],
  subnetInfo_getSubnetAccountId: ["SubnetInfoRuntimeApi_get_subnet_account_id", u16Argument],
  stakeInfo_getColdkeyLock: ["StakeInfoRuntimeApi_get_coldkey_lock", address, u16Argument],
  swap_simSwapTaoForAlpha: ["SwapRuntimeApi_sim_swap_tao_for_alpha", u16Argument, u64Argument],
  swap_simSwapAlphaForTao: ["SwapRuntimeApi_sim_swap_alpha_for_tao", u16Argument, u64Argument],
};

/** Methods that answer with plain JSON. */
const jsonMethods: Readonly<Record<string, readonly [api: string, ...args: Argument[]]>> = {
  subnetInfo_getLockCost: ["SubnetRegistrationRuntimeApi_get_network_registration_cost"],
  subnetInfo_getSubnetToPrune: ["SubnetInfoRuntimeApi_get_subnet_to_prune"],
  swap_currentAlphaPrice: ["SwapRuntimeApi_current_alpha_price", u16Argument],
  swap_currentAlphaPriceAll: ["SwapRuntimeApi_current_alpha_price_all"],
};

/** The methods. */
export function customMethods(node: ChainNode): MethodTable {
  const table = (
    methods: typeof bytesMethods,
    show: (encoded: Uint8Array, method: AnyApiMethod) => unknown,
  ): MethodTable =>
    Object.fromEntries(
      Object.entries(methods).map(([name, [api, ...args]]): [string, RpcMethod] => {
        const method = node.runtime.apiMethod(api);
        if (method === undefined) throw new RangeError(`${name} needs the runtime API ${api}`);
        return [name, (params) => show(ask(node, api, method, args, params), method)];
      }),
    );
  return {
    ...table(bytesMethods, (encoded) => Array.from(encoded)),
    ...table(jsonMethods, (encoded, method) => plain(method.result.dec(encoded))),
  };
}

function ask(
  node: ChainNode,
  api: string,
  method: AnyApiMethod,
  args: readonly Argument[],
  params: Params,
): Uint8Array {
  const types = Object.values(method.args);
  const encoded = args.map((read, at) => types[at]?.enc(read(params, at)) ?? new Uint8Array());
  try {
    return callApi(node, executionAt(node, params, args.length), api, concatBytes(...encoded));
  } catch (error) {
    if (error instanceof RpcError && error.code !== invalidParamsCode) throw runtimeError(error.message);
    throw error;
  }
}

const invalidParamsCode = invalidParams("").code;

/** An answer in JSON: absent is null, a u64 is a number. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
  return value ?? null;
}

function numbers(params: Params, at: number, most: number, max: number): number[] {
  const list = params.raw(at);
  if (!Array.isArray(list) || list.length > most)
    throw invalidParams(`parameter ${at + 1} must be a list of at most ${most} numbers`);
  return list.map((one: unknown) => wholeNumber(one, 0, max, `an entry of parameter ${at + 1}`));
}

/** Error code 1, as the pallets' RPC modules give for everything the runtime refuses. */
function runtimeError(why: string): RpcError {
  return new RpcError(1, `Runtime error: ${why}`);
}

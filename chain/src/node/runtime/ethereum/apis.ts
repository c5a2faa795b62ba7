/**
 * EthereumRuntimeRPCApi and ConvertTransactionRuntimeApi: what Ethereum's JSON-RPC is answered from. Balances, nonces, prices and the chain's id are the
 * chain's; code and blocks are those of a chain on which nothing was deployed. What would have to run code is refused.
 */
import { baseFee } from "../../../spec/pallets/base-fee.ts";
import { aura } from "../../../spec/pallets/aura.ts";
import { ethereum } from "../../../spec/pallets/ethereum.ts";
import { h160, permill, transaction, u256, type U256, u256Of } from "../../../spec/pallets/ethereum-types.ts";
import { evm } from "../../../spec/pallets/evm.ts";
import { evmChainId } from "../../../spec/pallets/evm-chain-id.ts";
import { system } from "../../../spec/pallets/system.ts";
import {
  ethereumAccount,
  ethereumAll,
  ethereumParts,
  ethereumPending,
  evmCallResult,
  evmCreateResult,
  evmGasArgs,
  evmListArgs,
} from "../../../spec/runtime-apis-contracts.ts";
import { h256 } from "../../../spec/scale/accounts.ts";
import { bytes } from "../../../spec/scale/byte-strings.ts";
import { bool, u64 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { unit } from "../../../spec/scale/structs.ts";
import { option } from "../../../spec/scale/variants.ts";
import { header } from "../../../spec/types.ts";
import { bareExtrinsic, decodeExtrinsic } from "../../block/extrinsic.ts";
import type { State } from "../../storage/state.ts";
import { notBuiltHere } from "../api-failure.ts";
import { spendableBalance } from "../balances/currency.ts";
import { accountOf } from "../evm/address.ts";
import { mayDeploy } from "../evm/pallet.ts";
import { type ExecutiveModules, initializeBlock } from "../executive/executive.ts";
import { uxt } from "../executive/extrinsic-type.ts";
import { apiMethod, moduleDispatchError, type RuntimeApi } from "../pallet.ts";

/** Wei in a rao: the EVM counts TAO with 18 decimals. */
const WEI_PER_RAO = 1_000_000_000n;

const noMachine = () =>
  notBuiltHere("the EVM is not built on this chain: balances, nonces and prices can be read, code cannot be run");

/** The APIs by trait name. */
export function ethereumApis(modules: ExecutiveModules): Readonly<Record<string, RuntimeApi>> {
  return {
    EthereumRuntimeRPCApi: { version: 6, methods: { ...reads, ...runs, ...blocks, ...pending(modules) } },
    ConvertTransactionRuntimeApi: {
      version: 2,
      methods: {
        convert_transaction: apiMethod({
          args: { transaction },
          result: uxt,
          run: (_ctx, args) => bareExtrinsic({ pallet: ethereum.name, name: "transact", args }).bytes,
        }),
      },
    },
  };
}

const reads = {
  chain_id: apiMethod({ args: {}, result: u64, run: ({ state }) => state.get(evmChainId.storage.ChainId) }),
  account_basic: apiMethod({
    args: { address: h160 },
    result: ethereumAccount,
    run: ({ state }, { address }) => {
      const account = accountOf(address);
      return {
        balance: u256Of(spendableBalance(state, account, true) * WEI_PER_RAO),
        nonce: u256Of(BigInt(state.get(system.storage.Account, account).nonce)),
      };
    },
  }),
  gas_price: apiMethod({ args: {}, result: u256, run: ({ state }) => state.get(baseFee.storage.BaseFeePerGas) }),
  account_code_at: apiMethod({
    args: { address: h160 },
    result: bytes,
    run: ({ state }, { address }) => state.get(evm.storage.AccountCodes, address),
  }),
  author: apiMethod({ args: {}, result: h160, run: ({ state }) => authorAddress(state) }),
  storage_at: apiMethod({
    args: { address: h160, index: u256 },
    result: h256,
    run: ({ state }, { address, index }) => state.get(evm.storage.AccountStorages, address, bigEndian(index)),
  }),
};

const runs = {
  call: apiMethod({
    args: { from: h160, to: h160, data: bytes, ...evmGasArgs, estimate: bool, ...evmListArgs },
    result: evmCallResult,
    run: () => {
      throw noMachine();
    },
  }),
  create: apiMethod({
    args: { from: h160, data: bytes, ...evmGasArgs, estimate: bool, ...evmListArgs },
    result: evmCreateResult,
    run: ({ state }, { from }): ValueOf<typeof evmCreateResult> => {
      if (mayDeploy(state, from)) throw noMachine();
      return { type: "Err", value: moduleDispatchError(evm, "NotAllowed") };
    },
  }),
};

const blocks = {
  current_block: apiMethod({
    args: {},
    result: ethereumParts.block,
    run: ({ state }) => state.get(ethereum.storage.CurrentBlock),
  }),
  current_receipts: apiMethod({
    args: {},
    result: ethereumParts.receipts,
    run: ({ state }) => state.get(ethereum.storage.CurrentReceipts),
  }),
  current_transaction_statuses: apiMethod({
    args: {},
    result: ethereumParts.statuses,
    run: ({ state }) => state.get(ethereum.storage.CurrentTransactionStatuses),
  }),
  current_all: apiMethod({
    args: {},
    result: ethereumAll,
    run: ({ state }): ValueOf<typeof ethereumAll> => [
      state.get(ethereum.storage.CurrentBlock),
      state.get(ethereum.storage.CurrentReceipts),
      state.get(ethereum.storage.CurrentTransactionStatuses),
    ],
  }),
  extrinsic_filter: apiMethod({
    args: { xts: vec(uxt) },
    result: vec(transaction),
    run: (_ctx, { xts }) => transactionsIn(xts),
  }),
  elasticity: apiMethod({
    args: {},
    result: option(permill),
    run: ({ state }) => state.get(baseFee.storage.Elasticity),
  }),
  gas_limit_multiplier_support: apiMethod({ args: {}, result: unit, run: () => undefined }),
};

const pending = (modules: ExecutiveModules) => ({
  pending_block: apiMethod({
    args: { xts: vec(uxt) },
    result: ethereumPending,
    run: ({ state }, { xts }): ValueOf<typeof ethereumPending> => {
      if (transactionsIn(xts).length > 0) throw noMachine();
      return [state.get(ethereum.storage.CurrentBlock), state.get(ethereum.storage.CurrentTransactionStatuses)];
    },
  }),
  initialize_pending_block: apiMethod({
    args: { header },
    result: unit,
    run: (ctx, args) => void initializeBlock(modules, ctx.block.parentHash, args.header),
  }),
});

/** The Ethereum transactions among extrinsics. */
function transactionsIn(xts: readonly Uint8Array[]): ValueOf<typeof transaction>[] {
  return xts
    .map((encoded) => decodeExtrinsic(encoded).call)
    .filter(({ pallet, name }) => pallet === ethereum.name && name === "transact")
    .map(({ args }) => args["transaction"] as ValueOf<typeof transaction>);
}

/** The author of the newest block as an address: bytes 4 to 24 of its Aura key. Zero before the first block. */
function authorAddress(state: State): Uint8Array {
  const authorities = state.get(aura.storage.Authorities);
  const inDigest = state.get(system.storage.Digest).logs.some(({ type }) => type === "PreRuntime");
  if (!inDigest || authorities.length === 0) return new Uint8Array(20);
  const slot = state.get(aura.storage.CurrentSlot);
  return (authorities[Number(slot % BigInt(authorities.length))] ?? new Uint8Array(32)).slice(4, 24);
}

/** A number as the 32 bytes Ethereum writes, highest first. */
function bigEndian(value: U256): string {
  return `0x${[...value]
    .reverse()
    .map((limb) => limb.toString(16).padStart(16, "0"))
    .join("")}`;
}

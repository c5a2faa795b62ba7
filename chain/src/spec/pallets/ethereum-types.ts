/** Types of Ethereum's world that several tables share, with the paths of spec 424. Numbers of 256 bits are four u64, lowest first. */
import { h256 } from "../scale/accounts.ts";
import { bytes, fixedBytes } from "../scale/byte-strings.ts";
import { bool, u32, u64, u8 } from "../scale/numbers.ts";
import type { ValueOf } from "../scale/scale-type.ts";
import { array, vec } from "../scale/sequences.ts";
import { newtype, struct, tuple } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";
import { cowText } from "../types.ts";

/** An Ethereum address. */
export const h160 = newtype("primitive_types::H160", fixedBytes(20));
/** A number of 256 bits. */
export const u256 = newtype("primitive_types::U256", array(u64, 4));
/** Value of a {@link u256}. */
export type U256 = ValueOf<typeof u256>;

/** A whole number as a {@link u256}. Numbers outside of its range are cut to 256 bits. */
export function u256Of(value: bigint): U256 {
  return [0n, 64n, 128n, 192n].map((shift) => (value >> shift) & 0xffff_ffff_ffff_ffffn);
}

/** Parts of a million. */
export const permill = newtype("sp_arithmetic::per_things::Permill", u32);

/** What a contract logged. */
export const log = struct("ethereum::log::Log", { address: h160, topics: vec(h256), data: bytes });
const bloom = newtype("ethbloom::Bloom", fixedBytes(256));

const action = variant("ethereum::transaction::legacy::TransactionAction", { Call: h160, Create: undefined });
const legacySignature = struct("ethereum::transaction::legacy::TransactionSignature", {
  v: newtype("ethereum::transaction::legacy::TransactionRecoveryId", u64),
  r: h256,
  s: h256,
});
const signature = struct("ethereum::transaction::eip2930::TransactionSignature", {
  odd_y_parity: bool,
  r: h256,
  s: h256,
});
const accessListItem = struct("ethereum::transaction::eip2930::AccessListItem", {
  address: h160,
  storage_keys: vec(h256),
});
/** A delegation of EIP-7702. */
export const authorization = struct("ethereum::transaction::eip7702::AuthorizationListItem", {
  chain_id: u64,
  address: h160,
  nonce: u256,
  signature: struct("ethereum::transaction::eip2930::MalleableTransactionSignature", {
    odd_y_parity: bool,
    r: h256,
    s: h256,
  }),
});
/** Addresses with the storage keys a transaction will touch. */
export const accessList = vec(tuple(h160, vec(h256)));

/** A signed Ethereum transaction of any of the four kinds. */
export const transaction = variant("ethereum::transaction::TransactionV3", {
  Legacy: struct("ethereum::transaction::legacy::LegacyTransaction", {
    nonce: u256,
    gas_price: u256,
    gas_limit: u256,
    action,
    value: u256,
    input: bytes,
    signature: legacySignature,
  }),
  EIP2930: struct("ethereum::transaction::eip2930::EIP2930Transaction", {
    chain_id: u64,
    nonce: u256,
    gas_price: u256,
    gas_limit: u256,
    action,
    value: u256,
    input: bytes,
    access_list: vec(accessListItem),
    signature,
  }),
  EIP1559: struct("ethereum::transaction::eip1559::EIP1559Transaction", {
    chain_id: u64,
    nonce: u256,
    max_priority_fee_per_gas: u256,
    max_fee_per_gas: u256,
    gas_limit: u256,
    action,
    value: u256,
    input: bytes,
    access_list: vec(accessListItem),
    signature,
  }),
  EIP7702: struct("ethereum::transaction::eip7702::EIP7702Transaction", {
    chain_id: u64,
    nonce: u256,
    max_priority_fee_per_gas: u256,
    max_fee_per_gas: u256,
    gas_limit: u256,
    destination: action,
    value: u256,
    data: bytes,
    access_list: vec(accessListItem),
    authorization_list: vec(authorization),
    signature,
  }),
});

/** What became of a transaction in an Ethereum block. */
export const transactionStatus = struct("fp_rpc::TransactionStatus", {
  transaction_hash: h256,
  transaction_index: u32,
  from: h160,
  to: option(h160),
  contract_address: option(h160),
  logs: vec(log),
  logs_bloom: bloom,
});

const receiptData = struct("ethereum::receipt::EIP658ReceiptData", {
  status_code: u8,
  used_gas: u256,
  logs_bloom: bloom,
  logs: vec(log),
});
/** A receipt, by the kind of its transaction. */
export const receipt = variant("ethereum::receipt::ReceiptV4", {
  Legacy: receiptData,
  EIP2930: receiptData,
  EIP1559: receiptData,
  EIP7702: receiptData,
});

const header = struct("ethereum::header::Header", {
  parent_hash: h256,
  ommers_hash: h256,
  beneficiary: h160,
  state_root: h256,
  transactions_root: h256,
  receipts_root: h256,
  logs_bloom: bloom,
  difficulty: u256,
  number: u256,
  gas_limit: u256,
  gas_used: u256,
  timestamp: u64,
  extra_data: bytes,
  mix_hash: h256,
  nonce: newtype("ethereum_types::hash::H64", fixedBytes(8)),
});
/** An Ethereum block. */
export const block = struct("ethereum::block::Block", { header, transactions: vec(transaction), ommers: vec(header) }, [
  { name: "T", type: transaction },
]);

const exitError = variant("evm_core::error::ExitError", {
  StackUnderflow: { index: 0 },
  StackOverflow: { index: 1 },
  InvalidJump: { index: 2 },
  InvalidRange: { index: 3 },
  DesignatedInvalid: { index: 4 },
  CallTooDeep: { index: 5 },
  CreateCollision: { index: 6 },
  CreateContractLimit: { index: 7 },
  OutOfOffset: { index: 8 },
  OutOfGas: { index: 9 },
  OutOfFund: { index: 10 },
  PCUnderflow: { index: 11 },
  CreateEmpty: { index: 12 },
  Other: { index: 13, type: cowText },
  MaxNonce: { index: 14 },
  InvalidCode: { index: 15, type: newtype("evm_core::opcode::Opcode", u8) },
});
/** How an execution of the EVM ended. */
export const exitReason = variant("evm_core::error::ExitReason", {
  Succeed: variant("evm_core::error::ExitSucceed", { Stopped: undefined, Returned: undefined, Suicided: undefined }),
  Error: exitError,
  Revert: variant("evm_core::error::ExitRevert", { Reverted: undefined }),
  Fatal: variant("evm_core::error::ExitFatal", {
    NotSupported: undefined,
    UnhandledInterrupt: undefined,
    CallErrorAsFatal: exitError,
    Other: cowText,
  }),
});

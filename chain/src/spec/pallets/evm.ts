/** EVM (22): accounts, code and storage of Ethereum contracts. Source: spec/subtensor-interface.md 1.2 and the metadata of spec 424. */
import { definePallet, map, value } from "../define.ts";
import { h256 } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { bool, u64 } from "../scale/numbers.ts";
import { vec } from "../scale/sequences.ts";
import { struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { accessList, authorization, h160, log, u256 } from "./ethereum-types.ts";

const gas = {
  value: u256,
  gas_limit: u64,
  max_fee_per_gas: u256,
  max_priority_fee_per_gas: option(u256),
  nonce: option(u256),
  access_list: accessList,
  authorization_list: vec(authorization),
};
const address = { address: h160 };

export const evm = definePallet({
  name: "EVM",
  index: 22,
  crate: "pallet_evm",
  storage: {
    AccountCodes: map({ keys: [["Blake2_128Concat", h160]], value: bytes, default: new Uint8Array() }),
    AccountCodesMetadata: map({
      keys: [["Blake2_128Concat", h160]],
      value: struct("pallet_evm::CodeMetadata", { size: u64, hash: h256 }),
      optional: true,
    }),
    AccountStorages: map({
      keys: [
        ["Blake2_128Concat", h160],
        ["Blake2_128Concat", h256],
      ],
      value: h256,
      default: `0x${"00".repeat(32)}`,
    }),
    WhitelistedCreators: value({ value: vec(h160), default: [] }),
    DisableWhitelistCheck: value({ value: bool, default: false }),
  },
  calls: {
    withdraw: { index: 0, args: { address: h160, value: u64 } },
    call: { index: 1, args: { source: h160, target: h160, input: bytes, ...gas } },
    create: { index: 2, args: { source: h160, init: bytes, ...gas } },
    create2: { index: 3, args: { source: h160, init: bytes, salt: h256, ...gas } },
    set_whitelist: { index: 4, args: { new: vec(h160) } },
    disable_whitelist: { index: 5, args: { disabled: bool } },
  },
  events: {
    Log: { index: 0, fields: { log } },
    Created: { index: 1, fields: address },
    CreatedFailed: { index: 2, fields: address },
    Executed: { index: 3, fields: address },
    ExecutedFailed: { index: 4, fields: address },
  },
  errors: [
    "BalanceLow",
    "FeeOverflow",
    "PaymentOverflow",
    "WithdrawFailed",
    "GasPriceTooLow",
    "InvalidNonce",
    "GasLimitTooLow",
    "GasLimitTooHigh",
    "InvalidChainId",
    "InvalidSignature",
    "Reentrancy",
    "TransactionMustComeFromEOA",
    "Undefined",
    "NotAllowed",
    "CreateOriginNotAllowed",
  ],
});

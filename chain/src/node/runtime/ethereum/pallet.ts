/** Ethereum: no transaction is accepted, so no Ethereum block is made either and its storage stays empty. */
import { ethereum } from "../../../spec/pallets/ethereum.ts";
import { defineRuntimePallet } from "../pallet.ts";

export const ethereumPallet = defineRuntimePallet<typeof ethereum>({ spec: ethereum, calls: {} });

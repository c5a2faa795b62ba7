/** Contracts: none can be brought, so none is there (spec/subtensor-interface.md 1.2, rules of pallet_contracts). */
import { describe, it } from "vitest";
import { coversErrors } from "./coverage.ts";
import { harness } from "./harness.ts";
import { people } from "./world.ts";

coversErrors("Contracts.call", "ContractNotFound", "StorageDepositNotEnoughFunds", "CannotLookup");
coversErrors("Contracts.call_old_weight", "ContractNotFound");
coversErrors("Contracts.instantiate", "BadOrigin", "CodeNotFound");
coversErrors("Contracts.instantiate_old_weight", "CodeNotFound");
coversErrors("Contracts.instantiate_with_code", "BadOrigin", "CodeRejected", "CodeTooLarge", "System.CallFiltered");
coversErrors("Contracts.instantiate_with_code_old_weight", "CodeRejected");
coversErrors("Contracts.upload_code", "BadOrigin", "CodeRejected", "System.CallFiltered");
coversErrors("Contracts.remove_code", "BadOrigin", "CodeNotFound");
coversErrors("Contracts.set_code", "BadOrigin", "ContractNotFound", "CannotLookup");
coversErrors("Contracts.migrate", "BadOrigin", "NoMigrationPerformed");

const { stranger, owner } = people;
const h = harness(async () => {});

const hash = `0x${"00".repeat(32)}`;
const gas = { refTime: 1_000_000_000, proofSize: 0 };
const WASM = "0x0061736d01000000";
const raw = { Raw: "0x01" };

describe("Contracts", () => {
  it("finds no contract, once its deposit could be paid", async () => {
    await h.fails("ContractNotFound", stranger, "Contracts.call", owner.address, 0, gas, null, "0x");
    await h.fails("ContractNotFound", stranger, "Contracts.call_old_weight", owner.address, 0, 1, null, "0x");
    await h.rootFails("ContractNotFound", "Contracts.call", owner.address, 0, gas, 10n ** 18n, "0x");
    const dear = [owner.address, 0, gas, 10n ** 18n, "0x"] as const;
    await h.fails("StorageDepositNotEnoughFunds", stranger, "Contracts.call", ...dear);
    await h.fails("CannotLookup", stranger, "Contracts.call", raw, 0, gas, null, "0x");
    await h.fails("BadOrigin", stranger, "Contracts.set_code", owner.address, hash);
    await h.rootFails("ContractNotFound", "Contracts.set_code", owner.address, hash);
    await h.rootFails("CannotLookup", "Contracts.set_code", raw, hash);
  });

  it("finds no code", async () => {
    await h.fails("CodeNotFound", stranger, "Contracts.instantiate", 0, gas, null, hash, "0x", "0x");
    await h.fails("CodeNotFound", stranger, "Contracts.instantiate_old_weight", 0, 1, null, hash, "0x", "0x");
    await h.rootFails("BadOrigin", "Contracts.instantiate", 0, gas, null, hash, "0x", "0x");
    await h.fails("CodeNotFound", stranger, "Contracts.remove_code", hash);
    await h.rootFails("BadOrigin", "Contracts.remove_code", hash);
  });

  it("takes no code: not what is none, nor what it could not run", async () => {
    await h.fails("CodeRejected", stranger, "Contracts.upload_code", "0x00", null, "Enforced");
    await h.fails("System.CallFiltered", stranger, "Contracts.upload_code", WASM, null, "Enforced");
    await h.rootFails("BadOrigin", "Contracts.upload_code", WASM, null, "Enforced");
    const call = "Contracts.instantiate_with_code";
    await h.fails("CodeRejected", stranger, call, 0, gas, null, "0x", "0x", "0x");
    await h.fails("CodeTooLarge", stranger, call, 0, gas, null, `0x${"00".repeat(131_073)}`, "0x", "0x");
    await h.fails("System.CallFiltered", stranger, call, 0, gas, null, WASM, "0x", "0x");
    await h.rootFails("BadOrigin", call, 0, gas, null, WASM, "0x", "0x");
    await h.fails("CodeRejected", stranger, `${call}_old_weight`, 0, 1, null, "0x", "0x", "0x");
  });

  it("has nothing to migrate", async () => {
    await h.fails("NoMigrationPerformed", stranger, "Contracts.migrate", gas);
    await h.rootFails("BadOrigin", "Contracts.migrate", gas);
  });
});

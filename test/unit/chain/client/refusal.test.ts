import { decodeRefusal, dispatchRemedy } from "@subnetkit/chain/client/refusal";
import { describe, expect, test } from "vitest";

const invalid = (data: string) => decodeRefusal({ code: 1010, message: "Invalid Transaction", data });

describe("decodeRefusal", () => {
  test("names the chain's custom codes", () => {
    expect(invalid("Custom error: 6")).toMatchObject({ code: 1010, customCode: 6, name: "RateLimitExceeded" });
    expect(invalid("Custom error: 11")).toMatchObject({ customCode: 11, name: "InvalidIpAddress" });
    expect(invalid("Custom error: 12")).toMatchObject({ customCode: 12, name: "ServingRateLimitExceeded" });
    expect(invalid("Custom error: 15")).toMatchObject({ customCode: 15, name: "InvalidRevealRound" });
    expect(invalid("Custom error: 255")).toMatchObject({ customCode: 255, name: "BadRequest" });
  });

  test("has a name, a message and a remedy for every code from 0 to 27, and for one nobody has defined yet", () => {
    for (const customCode of [...Array.from({ length: 28 }, (_, i) => i), 255, 99]) {
      const refusal = invalid(`Custom error: ${customCode}`);
      expect(refusal.customCode).toBe(customCode);
      expect(refusal.name).not.toBe("");
      expect(refusal.message).not.toBe("");
      expect(refusal.remedy).not.toBe("");
    }
    expect(invalid("Custom error: 99").name).toBe("Custom99");
  });

  test("recognises the pool's own texts and codes", () => {
    expect(invalid("Transaction is outdated").name).toBe("Stale");
    expect(invalid("Inability to pay some fees (e.g. account balance too low)").name).toBe("Payment");
    expect(invalid("Transaction has a bad signature").name).toBe("BadProof");
    expect(decodeRefusal({ code: 1014, message: "Priority is too low", data: undefined }).name).toBe("PriorityTooLow");
    expect(decodeRefusal({ code: -32603, message: "Internal error", data: undefined }).name).toBe("Rpc-32603");
  });

  test("survives whatever a node answers", () => {
    for (const data of [null, 5, {}, ["Custom error: 6"]]) {
      expect(decodeRefusal({ code: "x", message: null, data }).name).toBe("Rpc0");
    }
  });
});

describe("dispatchRemedy", () => {
  test("says something for known and unknown errors", () => {
    expect(dispatchRemedy("NotEnoughBalanceToStake")).toBe("Fund the coldkey.");
    expect(dispatchRemedy("SomethingNew")).toContain("Look up");
  });
});

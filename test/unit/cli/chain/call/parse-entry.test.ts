import { parseEntry, storageChange } from "@subnetkit/cli/chain/call/parse-entry";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";

const bob = keypairFromUri("//Bob").address;

function problem(...words: string[]): { text: string; remedies: unknown } {
  try {
    parseEntry(words, false);
  } catch (error) {
    if (!isAppError(error, "E_USAGE")) throw error;
    return { text: error.message, remedies: error.data["remedies"] };
  }
  throw new Error(`${words.join(" ")} was taken`);
}

describe("a storage entry on the command line", () => {
  it("is an item, its keys and a value, in the form dev_setStorage takes", () => {
    expect(storageChange(parseEntry(["SubtensorModule.Tempo", "2", "20"], false))).toEqual({
      SubtensorModule: { Tempo: [[["2"], "20"]] },
    });
    expect(storageChange(parseEntry(["subtensorModule.keys", "2", "0", "//Bob"], false))).toEqual({
      SubtensorModule: { Keys: [[["2", "0"], bob]] },
    });
    expect(storageChange(parseEntry(["SubtensorModule.TotalStake", "1_000"], false))).toEqual({
      SubtensorModule: { TotalStake: "1000" },
    });
    expect(storageChange(parseEntry(["SubtensorModule.Active", "2", "true,false"], false))).toEqual({
      SubtensorModule: { Active: [[["2"], [true, false]]] },
    });
  });

  it("is removed without a value", () => {
    expect(storageChange(parseEntry(["SubtensorModule.Tempo", "2"], true))).toEqual({
      SubtensorModule: { Tempo: [[["2"], null]] },
    });
  });

  it("is refused with what was expected when a name, the number of words or a value is wrong", () => {
    expect(problem("SubtensorModule.Tmpo", "2", "20").text).toContain("did you mean Tempo?");
    expect(problem("SubtensorModul.Tempo", "2", "20").text).toContain("did you mean SubtensorModule?");
    expect(problem("Tempo", "2", "20").text).toContain("Pallet.Item");
    expect(problem("SubtensorModule.Tempo", "20").remedies).toEqual([
      "npx subnetkit chain set SubtensorModule.Tempo <u16> <u16>",
    ]);
    expect(problem("SubtensorModule.Tempo", "2", "65536").text).toContain("u16 (0 to 65535)");
    expect(problem("SubtensorModule.Keys", "2", "0", "Bob").text).toContain("//Bob");
    expect(problem("SubtensorModule.Active", "2", "yes").text).toContain("bool");
  });
});

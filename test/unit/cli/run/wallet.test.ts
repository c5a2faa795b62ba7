import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findHotkeyFile } from "@subnetkit/cli/run/wallet";
import { errorText } from "@subnetkit/cli/system/report-error";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let walletsFolder: string;

beforeEach(async () => {
  walletsFolder = mkdtempSync(path.join(tmpdir(), "subnetkit-wallets-"));
  await writeKeyfile(path.join(walletsFolder, "mine", "hotkeys", "first"), "//Miner//0//hot");
  writeFileSync(path.join(walletsFolder, "mine", "hotkeys", "firstpub.txt"), "{}");
});
afterEach(() => rmSync(walletsFolder, { recursive: true, force: true }));

/** Code and printed text of what is thrown. */
function refusal(wallet: string, hotkey: string): { code: string; text: string } {
  try {
    findHotkeyFile({ walletsFolder, wallet, hotkey });
  } catch (error) {
    return { code: isAppError(error) ? error.code : String(error), text: errorText(error) };
  }
  return { code: "found", text: "" };
}

describe("a hotkey's file", () => {
  it("is found by the names of wallet and hotkey", () => {
    expect(findHotkeyFile({ walletsFolder, wallet: "mine", hotkey: "first" })).toBe(
      path.join(walletsFolder, "mine", "hotkeys", "first"),
    );
  });

  it("of an unknown wallet is refused with the wallets there are and the nearest", () => {
    mkdirSync(path.join(walletsFolder, "other"));
    const { code, text } = refusal("mne", "first");
    expect(code).toBe("E_WALLET_UNKNOWN");
    expect(text).toContain("there are: mine, other (did you mean mine?)");
    expect(text).toContain("btcli wallet create --wallet-name mne --hotkey first");
    expect(text).toContain("--wallet-path");
  });

  it("of an unknown hotkey is refused with the hotkeys of the wallet, public copies left out", () => {
    const { code, text } = refusal("mine", "second");
    expect(code).toBe("E_HOTKEY_UNKNOWN");
    expect(text).toContain("it has: first");
    expect(text).not.toContain("firstpub");
    mkdirSync(path.join(walletsFolder, "empty"));
    expect(refusal("empty", "x").text).toContain("it has no hotkey");
  });

  it("that is encrypted is refused with the way to one that a daemon can use", () => {
    writeFileSync(path.join(walletsFolder, "mine", "hotkeys", "locked"), "$NACL" + "x".repeat(40));
    const { code, text } = refusal("mine", "locked");
    expect(code).toBe("E_KEYFILE_ENCRYPTED");
    expect(text).toContain("btcli wallet regen-hotkey --wallet-name mine --hotkey locked --no-use-password");
    expect(text).not.toContain("xxxx");
  });

  it.each(["..", "../mine", "a/b", "", ".hidden", "a\\b"])("is never looked for at %j", (name) => {
    expect(refusal(name, "first").code).toBe("E_USAGE");
    expect(refusal("mine", name).code).toBe("E_USAGE");
  });
});

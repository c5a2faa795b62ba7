/** Runtime upgrades by calls of System: at once, or authorised by root and brought by anyone (frame_system's rules). */
import { stringToHex } from "@polkadot/util";
import { blake2AsHex } from "@polkadot/util-crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { people } from "./world.ts";

covers(
  "System.set_code",
  "BadOrigin",
  "FailedToExtractRuntimeVersion",
  "InvalidSpecName",
  "SpecVersionNeedsToIncrease",
);
covers("System.set_code_without_checks", "BadOrigin", "FailedToExtractRuntimeVersion");
covers("System.authorize_upgrade", "BadOrigin");
covers("System.authorize_upgrade_without_checks", "BadOrigin");
covers("System.apply_authorized_upgrade", "NothingAuthorized", "Unauthorized", "FailedToExtractRuntimeVersion");

const { stranger } = people;
const h = harness(async () => {});

/** Code as this node has it: its runtime, told apart by name and version. */
const code = (version: number, name = "node-subtensor"): string =>
  stringToHex(`${name} ${version} (no wasm: the dev chain's runtime is TypeScript)`);
const WASM = "0x0061736d01000000";
const version = async (): Promise<unknown> =>
  (await h.rpc<{ specVersion: number }>("state_getRuntimeVersion")).specVersion;
/** The client signs for the version it has heard of. */
const heardOf = (wanted: number) => expect.poll(() => h.api.runtimeVersion.specVersion.toNumber()).toBe(wanted);
const updated = [["System.CodeUpdated"]];

beforeEach(() => heardOf(424));

describe("System.set_code", () => {
  it("takes this runtime's own code in a higher version", async () => {
    expect(await h.rpc("state_getStorage", "0x3a636f6465")).toBe(code(424));
    await h.fails("BadOrigin", stranger, "System.set_code", code(425));
    await h.rootFails("FailedToExtractRuntimeVersion", "System.set_code", WASM);
    await h.rootFails("InvalidSpecName", "System.set_code", code(425, "node-polkadot"));
    await h.rootFails("SpecVersionNeedsToIncrease", "System.set_code", code(424));
    expect(await version()).toBe(424);
    expect(await h.root("System.set_code", code(425))).toEqual(updated);
    const { digest } = await h.rpc<{ digest: { logs: string[] } }>("chain_getHeader");
    expect(digest.logs).toContain("0x08");
    expect(await version()).toBe(425);
    await heardOf(425);
    await h.ok(stranger, "System.remark", "0x");
    expect(await h.get("System.LastRuntimeUpgrade")).toEqual({ specVersion: 425, specName: "node-subtensor" });
  });

  it("without checks takes any version, but no code that it could not run", async () => {
    await h.fails("BadOrigin", stranger, "System.set_code_without_checks", code(424));
    await h.rootFails("FailedToExtractRuntimeVersion", "System.set_code_without_checks", WASM);
    expect(await h.root("System.set_code_without_checks", code(424))).toEqual(updated);
  });
});

describe("System.authorize_upgrade", () => {
  const apply = "System.apply_authorized_upgrade";
  const authorized = (hash: string, checked: boolean) => [["System.UpgradeAuthorized", hash, checked]];

  it("lets anyone bring the code of the hash, once", async () => {
    const hash = blake2AsHex(code(425));
    await h.fails("NothingAuthorized", stranger, apply, code(425));
    await h.fails("BadOrigin", stranger, "System.authorize_upgrade", hash);
    expect(await h.root("System.authorize_upgrade", hash)).toEqual(authorized(hash, true));
    expect(await h.get("System.AuthorizedUpgrade")).toEqual({ codeHash: hash, checkVersion: true });
    await h.fails("Unauthorized", stranger, apply, code(426));
    expect(await h.ok(stranger, apply, code(425))).toEqual(updated);
    expect([await version(), await h.get("System.AuthorizedUpgrade")]).toEqual([425, null]);
    await heardOf(425);
    await h.fails("NothingAuthorized", stranger, apply, code(425));
  });

  it("takes the code without a signature as well, and nothing else", async () => {
    const same = code(424);
    const bare = (bytes: string): string => h.tx(apply, bytes).toHex();
    const call = { code: 1010, data: "Transaction call is not expected" };
    await expect(h.rpc("author_submitExtrinsic", bare(same))).rejects.toMatchObject(call);
    await expect(h.rpc("author_submitExtrinsic", h.tx("System.remark", "0x").toHex())).rejects.toMatchObject(call);
    await h.root("System.authorize_upgrade_without_checks", blake2AsHex(same));
    await h.rpc("author_submitExtrinsic", bare(same));
    await h.blocks();
    expect(await h.outcomeOf(bare(same))).toMatchObject({ kind: "ok", events: updated });
    expect(await h.get("System.AuthorizedUpgrade")).toBeNull();
  });

  it("uses an authorisation up whose code does not pass its check, and says why", async () => {
    const hash = blake2AsHex(code(424));
    await h.root("System.authorize_upgrade", hash);
    const [rejected] = await h.ok(stranger, apply, code(424));
    expect(rejected?.slice(0, 2)).toEqual(["System.RejectedInvalidAuthorizedUpgrade", hash]);
    expect(h.jsonError(rejected?.[2])).toBe("System.SpecVersionNeedsToIncrease");
    expect([await version(), await h.get("System.AuthorizedUpgrade")]).toEqual([424, null]);
  });

  it("without checks lets the same code pass", async () => {
    const hash = blake2AsHex(code(424));
    await h.fails("BadOrigin", stranger, "System.authorize_upgrade_without_checks", hash);
    expect(await h.root("System.authorize_upgrade_without_checks", hash)).toEqual(authorized(hash, false));
    expect(await h.ok(stranger, apply, code(424))).toEqual(updated);
    await h.root("System.authorize_upgrade_without_checks", blake2AsHex(WASM));
    await h.fails("FailedToExtractRuntimeVersion", stranger, apply, WASM);
    expect(await h.get("System.AuthorizedUpgrade")).not.toBeNull();
  });
});

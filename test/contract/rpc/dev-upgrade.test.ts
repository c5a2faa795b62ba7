/** A runtime upgrade as clients see it, through real sockets: raw frames and a stock polkadot.js client. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyring } from "@polkadot/keyring";
import { Metadata, TypeRegistry } from "@polkadot/types";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsJson } from "../../../chain/src/node/rpc/outcome-json.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

let chain: TestChain;
let socket: RawSocket;

beforeAll(() => cryptoWaitReady());
beforeEach(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const head = (): { hash: string; number: number } => chain.node.chain.head;
const versionAt = async (block?: string): Promise<number> =>
  ((await socket.result("state_getRuntimeVersion", ...(block === undefined ? [] : [block]))) as { specVersion: number })
    .specVersion;
/** Spec version in the constant System.Version of the metadata at a block. */
const metadataVersion = async (block: string): Promise<number> => {
  const hex = (await socket.result("state_getMetadata", block)) as `0x${string}`;
  const metadata = new Metadata(new TypeRegistry(), hex);
  const constants = metadata.asLatest.pallets.find(({ name }) => name.toString() === "System")?.constants ?? [];
  const bytes = constants.find(({ name }) => name.toString() === "Version")?.value.toU8a(true) ?? new Uint8Array();
  // Two names of 14 characters with their lengths, then the authoring version.
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(15 + 15 + 4, true);
};

describe("dev_upgradeRuntime", () => {
  it("changes version, code and metadata from one block on, and says so as the real chain does", async () => {
    const before = head().hash;
    const code = await socket.result("state_getStorageHash", "0x3a636f6465");
    const follow = await socket.result("chainHead_v1_follow", true);
    await socket.event(follow, ({ event }) => event === "bestBlockChanged");
    const versions = await socket.result("state_subscribeRuntimeVersion");
    expect(await socket.event(versions)).toMatchObject({ specVersion: 424 });

    const answer = await socket.result("dev_upgradeRuntime", { specVersion: 500 });
    const { hash, number } = head();
    expect(answer).toEqual({ specVersion: 500, block: number, hash });
    expect(await socket.event(follow, ({ event }) => event === "newBlock")).toMatchObject({
      blockHash: hash,
      newRuntime: { type: "valid", spec: { specVersion: 500 } },
    });
    expect(await socket.event(versions)).toMatchObject({ specVersion: 500 });
    const { digest } = (await socket.result("chain_getHeader")) as { digest: { logs: string[] } };
    expect(digest.logs).toContain("0x08");
    expect(eventsJson(chain.node.chain.headState())).toContainEqual(
      expect.objectContaining({ pallet: "System", name: "CodeUpdated" }),
    );
    expect(await socket.result("state_getStorageHash", "0x3a636f6465")).not.toBe(code);
    expect(await socket.result("state_getStorageHash", "0x3a636f6465", before)).toBe(code);
    expect([await versionAt(before), await versionAt(hash), await versionAt()]).toEqual([424, 500, 500]);
    expect([await metadataVersion(before), await metadataVersion(hash)]).toEqual([424, 500]);
    const called = async (block: string): Promise<number> =>
      Buffer.from(String(await socket.result("state_call", "Core_version", "0x", block)).slice(2), "hex").readUInt32LE(
        34,
      );
    expect([await called(before), await called(hash)]).toEqual([424, 500]);
    expect(await socket.result("dev_info")).toMatchObject({ specVersion: 500 });

    const last = (): unknown => chain.node.chain.headState().get(system.storage.LastRuntimeUpgrade);
    expect(last()).toMatchObject({ spec_version: 424 });
    await socket.result("dev_newBlock");
    expect(last()).toEqual({ spec_version: 500, spec_name: "node-subtensor" });
    expect(await socket.event(follow, ({ event }) => event === "newBlock")).toMatchObject({ newRuntime: null });
    const next = (await socket.result("chain_getHeader")) as { digest: { logs: string[] } };
    expect(next.digest.logs).not.toContain("0x08");
  });

  it("is followed by a stock polkadot.js client, whose older signatures are refused", async () => {
    const api = await connectApi(chain.port);
    const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
    const remark = () => {
      const call = api.tx["system"]?.["remark"]?.("0x01");
      if (call === undefined) throw new Error("no remark");
      return call;
    };
    const old = await remark().signAsync(alice, { nonce: 0, era: 0 });
    const waiting = await remark().signAsync(alice, { nonce: 0, era: 0, tip: 1 });
    const watched = await socket.result("author_submitAndWatchExtrinsic", waiting.toHex());
    await socket.result("dev_upgradeRuntime", {});
    await expect.poll(() => api.runtimeVersion.specVersion.toNumber()).toBe(425);
    await socket.result("dev_newBlock");
    expect(await socket.event(watched, (event) => String(event) === "invalid")).toBe("invalid");
    expect((await socket.call("author_submitExtrinsic", old.toHex())).error).toEqual({
      code: 1_010,
      message: "Invalid Transaction",
      data: "Transaction has a bad signature",
    });
    const fresh = await remark().signAsync(alice, { nonce: 0, era: 0 });
    await api.rpc.author.submitExtrinsic(fresh);
    await socket.result("dev_newBlock");
    expect((await api.query["system"]?.["account"]?.(alice.address))?.toJSON()).toMatchObject({ nonce: 1 });
    const events = await (await api.at(head().hash)).query["system"]?.["events"]?.();
    expect(JSON.stringify(events?.toHuman())).toContain("ExtrinsicSuccess");
    expect(api.isConnected).toBe(true);
    await api.disconnect();
  });

  it("goes back with a reorganisation, and clients are told", async () => {
    await socket.result("dev_setFinality", { lag: 5 });
    await socket.result("dev_newBlock");
    const versions = await socket.result("state_subscribeRuntimeVersion");
    await socket.event(versions);
    await socket.result("dev_upgradeRuntime", {});
    expect(await socket.event(versions)).toMatchObject({ specVersion: 425 });
    const upgraded = head().hash;
    await socket.result("dev_reorg", { depth: 1 });
    expect(await socket.event(versions)).toMatchObject({ specVersion: 424 });
    expect([await versionAt(upgraded), await versionAt()]).toEqual([425, 424]);
  });

  it("is kept over a restart", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "subnetkit-upgrade-"));
    const first = await startTestChain({ mode: "manual", stateDir });
    await first.http("dev_upgradeRuntime", [{ specVersion: 430 }]);
    await first.close();
    const second = await startTestChain({ mode: "manual", stateDir });
    expect((await second.http("state_getRuntimeVersion")).result).toMatchObject({ specVersion: 430 });
    await second.close();
    rmSync(stateDir, { recursive: true });
  });

  it.each([[424], [1], ["425"], [4_294_967_296]])("refuses the version %j", async (specVersion) => {
    const before = head().hash;
    const { error } = await socket.call("dev_upgradeRuntime", { specVersion });
    expect(error).toMatchObject({
      code: -32_602,
      data: "specVersion (424 now) must be a whole number from 425 to 4294967295",
    });
    expect(head().hash).toBe(before);
  });
});

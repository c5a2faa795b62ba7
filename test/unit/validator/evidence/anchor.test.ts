import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { composeCommitment, readCommitment } from "@subnetkit/chain/client/commitments";
import { requireIncluded, submitCall } from "@subnetkit/chain/client/submit";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type AnchorChain,
  committedHead,
  createAnchorChain,
  createEvidenceAnchor,
} from "../../../../validator/src/evidence/anchor.ts";
import { type LogHead, noHead } from "../../../../validator/src/evidence/envelope.ts";
import type { WriterView } from "../../../../validator/src/weights/writer-view.ts";
import { replay } from "@subnetkit/cli/validator/replay";
import { subnetModule } from "../../cli/validator/support.ts";
import { ownerOf, replayEvidence } from "../../../../validator/src/evidence/replay.ts";
import { sumSubnet } from "../support/subnet.ts";
import { freshDirectory, keypair as signer, openLog, opening, writeRounds } from "./support.ts";
import { silentLog } from "../../chain/client/support/dev-chain.ts";
import { type DevSubnet, startDevSubnet } from "../../chain/client/support/dev-subnet.ts";

const { signal } = new AbortController();
const claim = () => Promise.resolve(true);
const idle: WriterView = {
  epoch: 1,
  lastSubmittedBlock: undefined,
  lastRevealedBlock: undefined,
  nextAttempt: undefined,
  waitingFor: "next epoch",
  weights: new Map(),
};
const headOf = (seq: number): LogHead => ({ seq, hash: seq.toString(16).padStart(64, "0") });

describe("an anchor on the development chain", () => {
  let subnet: DevSubnet;
  let count = 0;
  /** A log of another chain, and the subnet's module. */
  const original = freshDirectory();
  const module = path.join(original, "sums.mjs");
  writeFileSync(module, subnetModule);
  const begun = openLog(original);
  begun.append({ kind: "fate", epoch: 1, attempt: 1, state: "failed", block: 1, txHash: null, problem: null });
  begun.close();
  let chain: AnchorChain;
  let newest: LogHead;
  let results: boolean[];
  let hotkey: Keypair;
  beforeAll(async () => {
    subnet = await startDevSubnet();
  });
  afterAll(() => subnet.close());
  beforeEach(async () => {
    count += 1;
    hotkey = keypairFromUri(`//Anchor//${count}`);
    await subnet.register(hotkey);
    chain = createAnchorChain(subnet.client, subnet.netuid, hotkey, silentLog);
    newest = headOf(7);
    results = [];
  });

  const anchorEvery = (everyBlocks: number) =>
    createEvidenceAnchor(
      { everyBlocks },
      { chain, head: () => newest, claim, log: silentLog, onCommitted: (committed) => results.push(committed) },
    );
  const now = () => subnet.client.head();
  const onChain = async () => {
    const commitment = await readCommitment(subnet.client, subnet.netuid, hotkey.address);
    return commitment === undefined ? undefined : committedHead(commitment);
  };

  it("commits the head, then again after so many blocks when there is a newer one", async () => {
    const anchor = anchorEvery(20);
    await anchor.onHead(now(), idle, signal);
    const first = await onChain();
    expect(first).toMatchObject(headOf(7));
    expect(anchor.committed()).toEqual(first);
    newest = headOf(8);
    await anchor.onHead(now(), idle, signal);
    expect(await onChain()).toEqual(first);
    await subnet.blocks(20);
    await anchor.onHead(now(), idle, signal);
    expect(await onChain()).toMatchObject(headOf(8));
    expect(results).toEqual([true, true]);
  });

  it("goes on from what the chain has after a restart, and says nothing twice", async () => {
    await anchorEvery(20).onHead(now(), idle, signal);
    const before = await onChain();
    await subnet.blocks(30);
    const second = anchorEvery(20);
    await second.onHead(now(), idle, signal);
    expect(second.committed()).toEqual(before);
    expect(results).toEqual([true]);
  });

  it("is what a replay holds a log against: one that was written anew since is a difference", async () => {
    const { client, netuid } = subnet;
    await subnet.register(signer);
    const rules = { ...opening, genesisHash: client.genesisHash, netuid };
    const directories = [freshDirectory(), freshDirectory()];
    const [honest, rewritten] = directories.map((directory) => openLog(directory, undefined, rules));
    const emas = await writeRounds(honest!, 0, 3);
    await writeRounds(rewritten!, 1, 4);
    const own = createEvidenceAnchor(
      { everyBlocks: 20 },
      { chain: createAnchorChain(client, netuid, signer, silentLog), head: honest!.head, claim, log: silentLog },
    );
    await own.onHead(now(), idle, signal);
    await writeRounds(honest!, 4, 5, emas);
    honest!.close();
    rewritten!.close();
    const committed = await readCommitment(client, netuid, signer.address);
    const replayed = await Promise.all(
      directories.map((directory) => {
        expect(ownerOf(directory)).toMatchObject({ hotkey: signer.address, netuid });
        return replayEvidence({ directory, committed: committedHead(committed!)! }, { subnet: sumSubnet });
      }),
    );
    expect(replayed[0]).toMatchObject({ difference: null, committed: { state: "found" } });
    expect(replayed[1]).toMatchObject({ difference: { field: "hash on chain" } });
    const tool = await replay({ evidence: directories[0]!, subnet: module, endpoint: subnet.chain.url });
    expect(tool).toMatchObject({ exitCode: 0 });
    expect(tool.lines.join("\n")).toContain(`committed in block ${committed!.block}, is in the log`);
    const other = await replay({ evidence: original, subnet: module, endpoint: subnet.chain.url }).catch(
      (error: unknown) => error,
    );
    expect(isAppError(other, "E_CHAIN_WRONG_GENESIS")).toBe(true);
    for (const directory of [...directories, original]) rmSync(directory, { recursive: true, force: true });
  });

  it("says that entries are lost when the chain knows of later ones than the log has", async () => {
    await anchorEvery(20).onHead(now(), idle, signal);
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } });
    const begun = createEvidenceAnchor({ everyBlocks: 20 }, { chain, head: () => headOf(2), claim, log });
    await begun.onHead(now(), idle, signal);
    await begun.onHead(now(), idle, signal);
    expect(lines.filter((line) => line.includes("entries are lost"))).toHaveLength(1);
  });

  it("lets weights go first, and waits for the log to begin", async () => {
    const anchor = anchorEvery(20);
    await anchor.onHead(now(), { ...idle, waitingFor: "submission under way" }, signal);
    await anchor.onHead(now(), { ...idle, waitingFor: undefined }, signal);
    await anchor.onHead(now(), { ...idle, waitingFor: "later in the tempo", nextAttempt: now().number + 3 }, signal);
    newest = noHead;
    await anchor.onHead(now(), idle, signal);
    expect(results).toEqual([]);
    newest = headOf(1);
    await subnet.blocks(1);
    await anchor.onHead(now(), idle, signal);
    expect(results).toEqual([true]);
  });

  it("never replaces a commitment that is about something else", async () => {
    const { client, netuid } = subnet;
    const call = composeCommitment(client, netuid, [{ kind: "raw", bytes: utf8("my model's address") }]);
    requireIncluded(await submitCall(client, call, hotkey, { log: silentLog, deadlineMs: 5_000 }), "setCommitment");
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } });
    const anchor = createEvidenceAnchor({ everyBlocks: 20 }, { chain, head: () => newest, claim, log });
    await anchor.onHead(now(), idle, signal);
    await subnet.blocks(25);
    await anchor.onHead(now(), idle, signal);
    expect(await onChain()).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("another commitment on chain");
  });

  it("tries again later when the chain's space for commitments is used up", async () => {
    await subnet.chain.rpc("dev_setStorage", [{ Commitments: { MaxSpace: 50 } }]);
    const anchor = anchorEvery(40);
    await anchor.onHead(now(), idle, signal);
    expect(results).toEqual([false]);
    await anchor.onHead(now(), idle, signal);
    expect(results).toEqual([false]);
    await subnet.chain.rpc("dev_setStorage", [{ Commitments: { MaxSpace: 3_100 } }]);
    await subnet.blocks(20);
    await anchor.onHead(now(), idle, signal);
    expect(results).toEqual([false, true]);
    expect(await onChain()).toMatchObject(headOf(7));
  });
});

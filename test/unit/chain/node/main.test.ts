import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";

interface Ready {
  readonly type: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly genesisHash: string;
  readonly block: number;
}

let bundle: string;
let directory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  bundle = await bundleForNode(path.resolve(import.meta.dirname, "../../../../chain/src/node/main.ts"));
  directory = mkdtempSync(path.join(tmpdir(), "subnetkit-chain-"));
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
  rmSync(bundle, { force: true });
});

/** Starts the process as the supervisor does and waits for its ready event. */
async function start(...flags: string[]): Promise<{ child: ChildProcess; ready: Ready; exit: Promise<number | null> }> {
  const env = { ...process.env, SUBNETKIT_EVENTS_FD: "3", SUBNETKIT_LIFELINE: "1" };
  const child = spawn(process.execPath, [bundle, "--port", "0", ...flags], {
    stdio: ["pipe", "ignore", "inherit", "pipe"],
    env,
  });
  children.push(child);
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const lines = createInterface(child.stdio[3] as Readable);
  const ready = await new Promise<Ready>((resolve, reject) => {
    lines.on("line", (line) => {
      const event = JSON.parse(line) as Ready & { type: string };
      if (event.type === "process.ready") resolve(event);
    });
    void exit.then((code) => reject(new Error(`the chain exited with ${code} before it was ready`)));
  });
  return { child, ready, exit };
}

async function rpc(port: number, method: string, params: unknown = []): Promise<unknown> {
  const reply = await fetch(`http://127.0.0.1:${port}`, {
    method: "POST",
    body: JSON.stringify({ jsonrpc: "2.0", id: 0, method, params }),
  });
  return ((await reply.json()) as { result: unknown }).result;
}

describe("the chain process", () => {
  it("has its first block when it says it is ready, and ends cleanly when its stdin ends", async () => {
    const { child, ready, exit } = await start("--mode", "manual");
    expect(ready).toMatchObject({ type: "process.ready", name: "chain", block: 1 });
    expect(await rpc(ready.port, "chain_getBlockHash", [0])).toBe(ready.genesisHash);
    const health = await fetch(`http://127.0.0.1:${ready.metricsPort}/health`);
    expect(await health.json()).toMatchObject({ live: true, ready: true, info: { block: 1 } });
    expect(await (await fetch(`http://127.0.0.1:${ready.metricsPort}/metrics`)).text()).toContain(
      "subnetkit_chain_block_height 1",
    );
    child.stdin?.end();
    expect(await exit).toBe(0);
  });

  it("exits 3 on a port in use", async () => {
    const first = await start("--mode", "manual");
    const second = spawn(process.execPath, [bundle, "--port", String(first.ready.port)], { stdio: "ignore" });
    children.push(second);
    const code = await new Promise((resolve) => second.once("exit", resolve));
    expect(code).toBe(3);
    first.child.kill("SIGTERM");
    expect(await first.exit).toBe(0);
  });

  it("goes on from the last complete block after kill -9 and a torn tail", async () => {
    const state = path.join(directory, "torn");
    const first = await start("--mode", "manual", "--state-dir", state);
    await rpc(first.ready.port, "dev_newBlock", [{ count: 20 }]);
    const before = await rpc(first.ready.port, "chain_getBlockHash", [15]);
    first.child.kill("SIGKILL");
    await first.exit;
    const [segment] = readdirSync(state).filter((name) => name.endsWith(".log"));
    appendFileSync(path.join(state, segment ?? ""), Buffer.from([9, 9, 9, 9, 1, 2, 3]));
    const second = await start("--mode", "manual", "--state-dir", state);
    expect(second.ready).toMatchObject({ genesisHash: first.ready.genesisHash, block: 21 });
    expect(await rpc(second.ready.port, "chain_getBlockHash", [15])).toBe(before);
    second.child.kill("SIGTERM");
    expect(await second.exit).toBe(0);
  });

  it("refuses a second process on its directory and another chain's files", async () => {
    const state = path.join(directory, "taken");
    const first = await start("--mode", "manual", "--state-dir", state);
    await expect(start("--mode", "manual", "--state-dir", state)).rejects.toThrow("exited with 3");
    first.child.kill("SIGTERM");
    await first.exit;
    await expect(start("--mode", "manual", "--state-dir", state, "--chain-name", "Other")).rejects.toThrow(
      "exited with 3",
    );
  });
});

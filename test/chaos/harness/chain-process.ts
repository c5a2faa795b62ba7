import { mkdirSync } from "node:fs";
import path from "node:path";
import { setBlockBuildMode } from "@subnetkit/chain/client/dev/blocks";
import { loadState } from "@subnetkit/chain/client/dev/dump";
import { httpRpc } from "@subnetkit/chain/client/dev/http-rpc";
import { devInfo } from "@subnetkit/chain/client/dev/info";
import type { DevRpc } from "@subnetkit/chain/client/dev/rpc";
import { type Child, startChild } from "./child.ts";
import { freePort } from "../../support/free-port.ts";
import type { World } from "./world.ts";

/** Milliseconds between two blocks. */
export const blockMs = 250;

/** The development chain as a process, which keeps its state over a crash. */
export type ChainProcess = {
  readonly port: number;
  readonly url: string;
  readonly rpc: DevRpc;
  /** Number of the newest block. */
  head(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** After {@link ChainProcess.kill}: the same port and state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts one that goes on from the world's state, making blocks by itself. */
export async function startChainProcess(world: World, folder: string): Promise<ChainProcess> {
  const port = await freePort();
  const stateDir = path.join(folder, "chain");
  mkdirSync(stateDir, { recursive: true });
  const url = `ws://127.0.0.1:${port}`;
  const rpc = httpRpc(url);
  const config = { host: "127.0.0.1", port, metricsPort: 0, stateDir, blockMs };
  const start = async (mode: "manual" | "interval"): Promise<Child> => {
    const made = startChild({
      name: "chain",
      script: path.join(world.dist, "chain.js"),
      config: { ...config, mode },
      folder,
    });
    await made.ready(90_000);
    return made;
  };
  let child = await start("manual");
  await loadState(rpc, world.stateFile);
  await setBlockBuildMode(rpc, "interval");
  return {
    port,
    url,
    rpc,
    head: async () => Number((await devInfo(rpc, { timeoutMs: 60_000 }))["block"]),
    async kill() {
      child.signal("SIGKILL");
      await child.exited;
    },
    async restart() {
      child = await start("interval");
    },
    stop: () => child.stop(),
  };
}

/** A validator as it is shipped, in a process of its own, on a chain of 256 neurons whose blocks the bench makes. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { chainMetrics } from "../../../chain/src/node/metrics.ts";
import { createDispatch } from "../../../chain/src/node/rpc/dispatch.ts";
import { rpcMethods } from "../../../chain/src/node/rpc/methods.ts";
import { startRpcServer } from "../../../chain/src/node/rpc/server.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";
import { benchNode, edit, keylessAccount, NETUID, startSubnet } from "../chain/bench-node.ts";
import { compileBenchSubnet } from "./compile-subnet.ts";
import { startBenchRedis } from "./redis.ts";
import { silentLog, validatorKey } from "./rig.ts";

type Event = { readonly type: string; readonly [field: string]: unknown };

/** A chain and a Redis for validators of a bench. */
export type WholeStage = {
  /** Makes a block. */
  block(): Promise<void>;
  /** Starts a validator with a state of its own; `onEvent` hears what it tells a supervisor. */
  validator(onEvent: (event: Event) => void): RunningValidator;
  close(): Promise<void>;
};

export type RunningValidator = {
  /** Resident memory in MiB. */
  rssMib(): number;
  /** Processor time since its start, seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
};

export async function openStage(): Promise<WholeStage> {
  const root = cloneRoot();
  const folder = mkdtempSync(path.join(root, ".subnetkit", "tmp", "bench-whole-"));
  const redis = await startBenchRedis();
  const node = benchNode();
  const own = bytesToHex(validatorKey.publicKey);
  const hotkeys = [own, ...Array.from({ length: 254 }, (_, i) => keylessAccount(i))];
  await startSubnet(node, { hotkeys, validators: 2, perRow: 256, tempo: 360, commitReveal: true });
  // Announced where a validator does not go: an outcome for each, and no socket.
  edit(node, ({ state, block }) => {
    for (const hotkey of hotkeys.slice(1))
      state.put(subtensorModule.storage.Axons, [NETUID, hotkey], {
        block: BigInt(block.number),
        version: 1,
        ip: 1n,
        port: 9,
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
      });
  });
  const metrics = createMetrics(chainMetrics);
  const dispatch = createDispatch(rpcMethods(node), { log: silentLog, metrics });
  const server = await startRpcServer(node.config, { dispatch, log: silentLog, metrics, onRewind: node.onRewind });

  const definition = compileBenchSubnet(folder);
  const hotkeyFile = path.join(folder, "hotkey.json");
  await writeKeyfile(hotkeyFile, "//Bench//validator");

  let count = 0;
  return {
    block: async () => void (await node.producer.produce(1, () => false)),
    validator(onEvent) {
      count += 1;
      const config = path.join(folder, `validator-${count}.json`);
      const settings = {
        chainEndpoints: [`ws://127.0.0.1:${server.port}`],
        netuid: NETUID,
        hotkeyFile,
        subnetDefinition: definition,
        redisUrl: redis.url,
        redisPrefix: `{val:whole-${count}}`,
        evidenceDir: path.join(folder, `evidence-${count}`),
        roundBlocks: 1,
        heads: "best",
        logLevel: "error",
      };
      writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
      return launch(path.join(root, "dist", "validator.js"), config, onEvent);
    },
    async close() {
      await server.close();
      node.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function launch(script: string, config: string, onEvent: (event: Event) => void): RunningValidator {
  // As the supervisor starts it.
  const child: ChildProcess = spawn(process.execPath, ["--max-semi-space-size=4", script, "--config", config], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3" },
  });
  process.once("exit", () => child.kill("SIGKILL"));
  let rest = "";
  child.stdio[3]?.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onEvent(JSON.parse(line) as Event);
  });
  return {
    rssMib: () =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8"))?.[1] ?? 0) / 1_024,
    cpuSeconds() {
      // After the name in brackets: state, then the 12th and 13th field, in ticks of 10 ms.
      const fields =
        readFileSync(`/proc/${child.pid ?? 0}/stat`, "utf8")
          .split(") ")[1]
          ?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { bundleForNode } from "../../support/bundle.ts";
import { ensureBuilt, root } from "../../support/cli.ts";
import { startDevSubnet } from "../../unit/chain/client/support/dev-subnet.ts";
import { minerKeys } from "./crowd.ts";

/** What all networks of a run share: the bundles, the keys, the subnet, and the state of a chain on which they are registered. */
export type World = {
  readonly folder: string;
  /** The bundles as they were at the start: a build meanwhile changes nothing. */
  readonly dist: string;
  /** Hotkeys of miners; the first ones are registered. */
  readonly miners: readonly Keypair[];
  /** Compiled definition of the subnet. */
  readonly subnetFile: string;
  /** State file of a chain with the subnet, the validator's hotkey (its owner's) and the miners. */
  readonly stateFile: string;
  readonly hotkeyFile: string;
  /** ss58 of the validator's hotkey. */
  readonly hotkey: string;
  readonly netuid: number;
  /** `keep`: the folder stays, for somebody to look at. */
  close(options: { readonly keep: boolean }): Promise<void>;
};

/** Miners registered at the start. */
export const registeredMiners = 7;

/** Miners that exist at all, for a subnet that grows. */
export const crowdSize = 255;

/** Blocks between two epochs: several times as long as a process takes to start anew, as on the real chain. */
export const tempo = 40;

/** Makes one: about five seconds. `bundles` is a folder of bundles other than dist/, which is built when it is stale. */
export async function createWorld(bundles?: string): Promise<World> {
  if (bundles === undefined) ensureBuilt();
  const base = path.join(root, ".subnetkit", "tmp");
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(path.join(base, "chaos-"));
  const dist = path.join(folder, "dist");
  cpSync(bundles ?? path.join(root, "dist"), dist, { recursive: true });
  const miners = minerKeys(crowdSize);
  const subnetFile = await bundleForNode(path.join(root, "test", "chaos", "harness", "sum-subnet.ts"));
  const stateFile = path.join(folder, "base.state");
  const hotkeyFile = path.join(folder, "hotkey.json");
  await writeKeyfile(hotkeyFile, "//Validator//0//hot");
  const subnet = await startDevSubnet();
  try {
    const { netuid } = subnet;
    for (const hotkey of miners.slice(0, registeredMiners)) await subnet.register(hotkey);
    await subnet.chain.rpc("dev_setStorage", [{ SubtensorModule: { Tempo: [[[netuid], tempo]] } }]);
    await subnet.chain.dump(stateFile);
    return {
      folder,
      dist,
      miners,
      subnetFile,
      stateFile,
      hotkeyFile,
      hotkey: subnet.ownerHotkey.address,
      netuid,
      async close({ keep }) {
        if (keep) return;
        rmSync(subnetFile, { force: true });
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      },
    };
  } finally {
    await subnet.close();
  }
}

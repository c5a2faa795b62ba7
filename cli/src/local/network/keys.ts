import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";

/** A neuron's two keys as development URIs. They are public: anyone can spend what they hold on any real network. */
export type KeyUris = { readonly coldkey: string; readonly hotkey: string };

/** The sudo key of the development chain, who pays for everybody. */
export const SUDO_URI = "//Alice";

/** The owner of the subnet; validator 0 is the owner's hotkey. */
export const OWNER_URI = "//Subnet//owner";

/** Keys of validator `i`; the first one belongs to the subnet's owner. */
export function validatorUris(i: number): KeyUris {
  return { coldkey: i === 0 ? OWNER_URI : `//Validator//${i}`, hotkey: `//Validator//${i}//hot` };
}

/** Keys of miner `i`. */
export function minerUris(i: number): KeyUris {
  return { coldkey: `//Miner//${i}`, hotkey: `//Miner//${i}//hot` };
}

/** Where the hotkey file of a process lies. */
export function hotkeyFile(keysFolder: string, processName: string): string {
  return path.join(keysFolder, processName, "hotkey.json");
}

/** Writes a process's hotkey file unless it is there already; true when it was written. */
export async function ensureHotkeyFile(keysFolder: string, processName: string, uri: string): Promise<boolean> {
  const file = hotkeyFile(keysFolder, processName);
  if (existsSync(file)) return false;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeKeyfile(file, uri);
  return true;
}

/** The keypair of a development URI. */
export function devKey(uri: string): Keypair {
  return keypairFromUri(uri);
}

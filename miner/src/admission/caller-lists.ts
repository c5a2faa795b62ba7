import { readFile, stat } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { isHotkeyAddress, publicKeyOf } from "@subnetkit/shared/protocol/hotkey-address";
import { plainAddress } from "./network-of.ts";

/** Who is let in or kept out by name, whatever the metagraph says. */
export type CallerLists = {
  /** True for an address that nothing is taken from. */
  deniesAddress(address: string): boolean;
  deniesHotkey(hotkey: string): boolean;
  /** True for a hotkey that needs neither permit nor stake; registered it must be all the same. */
  allows(hotkey: string): boolean;
};

/** A list file is looked at this often. */
const pollMs = 2_000;

/** A longer file is a mistake. */
const maxBytes = 4 * 1024 * 1024;

/** Nobody is on a list. */
export const noLists: CallerLists = { deniesAddress: () => false, deniesHotkey: () => false, allows: () => false };

/**
 * Reads lists from text: one rule per line, `allow <hotkey>`, `deny <hotkey>` or `deny <address or network>`; `#` begins a comment. Throws
 * E_CALLER_LISTS with the line of the first rule that is none: a list that is half understood would let in whom it names.
 */
export function parseCallerLists(text: string, file: string): CallerLists {
  const allowed = new Set<string>();
  const denied = new Set<string>();
  const networks = new BlockList();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [verb, subject, ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (verb === undefined || verb === "") continue;
    const refuse = (problem: string): never => {
      throw appError("E_CALLER_LISTS", { file, line: i + 1, problem });
    };
    if (subject === undefined || rest.length > 0) return refuse("needs one verb and one subject");
    const isHotkey = isHotkeyAddress(subject) && publicKeyOf(subject) !== undefined;
    if (verb === "allow" && isHotkey) allowed.add(subject);
    else if (verb === "deny" && isHotkey) denied.add(subject);
    else if (verb === "deny" && addNetwork(networks, subject)) continue;
    else refuse("is neither allow <hotkey> nor deny <hotkey, address or network>");
  }
  return {
    deniesAddress: (address) => {
      const plain = plainAddress(address);
      return isIP(plain) !== 0 && networks.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
    },
    deniesHotkey: (hotkey) => denied.has(hotkey),
    allows: (hotkey) => allowed.has(hotkey) && !denied.has(hotkey),
  };
}

function addNetwork(networks: BlockList, subject: string): boolean {
  const [address = "", bits] = subject.split("/");
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) {
    networks.addAddress(address, family);
    return true;
  }
  const prefix = Number(bits);
  if (!/^\d{1,3}$/.test(bits) || prefix > (version === 6 ? 128 : 32)) return false;
  networks.addSubnet(address, prefix, family);
  return true;
}

/** Lists of a file that may change while the miner runs. */
export type LiveCallerLists = CallerLists & { close(): void };

/**
 * Follows a list file: read now, and again within two seconds of a change. Rejects with E_CALLER_LISTS when it cannot be read or understood now; a
 * later version that cannot is logged, and the last good one stays in force.
 */
export async function followCallerLists(file: string, { log }: { readonly log: Logger }): Promise<LiveCallerLists> {
  let seen = await versionOf(file);
  let current = await load(file);
  let refused = "";
  const look = async (): Promise<void> => {
    const version = await versionOf(file);
    if (version === seen || version === refused) return;
    try {
      current = await load(file);
      seen = version;
      log.info({ file }, "caller lists reloaded");
    } catch (error) {
      refused = version;
      log.error({ file, reason: errorMessage(error) }, "the caller lists were not reloaded, the last good ones hold");
    }
  };
  const timer = setInterval(() => void look(), pollMs);
  timer.unref();
  return {
    deniesAddress: (address) => current.deniesAddress(address),
    deniesHotkey: (hotkey) => current.deniesHotkey(hotkey),
    allows: (hotkey) => current.allows(hotkey),
    close: () => clearInterval(timer),
  };
}

/** Changes whenever the file does; "" while it cannot be looked at. */
async function versionOf(file: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(file, { bigint: true });
    return `${mtimeNs}.${size}.${ino}`;
  } catch {
    return "";
  }
}

async function load(file: string): Promise<CallerLists> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw appError("E_CALLER_LISTS", { file, line: 0, problem: errorMessage(error) }, { cause: error });
  });
  if (text.length > maxBytes)
    throw appError("E_CALLER_LISTS", { file, line: 0, problem: `is longer than ${maxBytes} bytes` });
  return parseCallerLists(text, file);
}

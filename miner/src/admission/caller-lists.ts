import { readFile, stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { isHotkeyAddress, publicKeyOf } from "@subnetkit/shared/protocol/hotkey-address";
import { createNetworkSet } from "./network-set.ts";

/** Who is let in or kept out by name, whatever the metagraph says. */
export type CallerLists = {
  /** True for an address that nothing is taken from. */
  deniesAddress(address: string): boolean;
  deniesHotkey(hotkey: string): boolean;
  /** True for a hotkey that needs neither permit nor stake; registered it must be all the same. */
  allows(hotkey: string): boolean;
};

/** A list file is looked at this often; a version is read when two looks have found the same, so that none is read while it is being written. */
const pollMs = 1_000;

/** A longer file is a mistake. */
const maxBytes = 4 * 1024 * 1024;

/** Nobody is on a list. */
export const noLists: CallerLists = { deniesAddress: () => false, deniesHotkey: () => false, allows: () => false };

/**
 * Reads lists from text: one rule per line, `allow <hotkey>`, `deny <hotkey>` or `deny <address or network>`; `#` begins a comment. Throws
 * E_CALLER_LISTS with the line of the first rule that is none: a list that is half understood would let in whom it names.
 */
export function parseCallerLists(text: string, file: string): CallerLists {
  const { add, lists } = createLists(file);
  for (const [i, line] of text.split(/\r?\n/).entries()) add(line, i + 1);
  return lists;
}

/** A hotkey takes 20 us to check; between so many lines requests are answered. */
const linesAtOnce = 250;

/** The same, without keeping the event loop for as long as a long list takes. */
async function parseGradually(text: string, file: string): Promise<CallerLists> {
  const { add, lists } = createLists(file);
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    add(line, i + 1);
    if (i % linesAtOnce === linesAtOnce - 1) await setImmediate();
  }
  return lists;
}

/** Lists that rules are added to, line by line. */
function createLists(file: string): { readonly lists: CallerLists; add(text: string, line: number): void } {
  const allowed = new Set<string>();
  const denied = new Set<string>();
  const networks = createNetworkSet();
  return {
    lists: {
      deniesAddress: networks.has,
      deniesHotkey: (hotkey) => denied.has(hotkey),
      allows: (hotkey) => allowed.has(hotkey) && !denied.has(hotkey),
    },
    add: (text, line) => {
      const refuse = (problem: string): never => {
        throw appError("E_CALLER_LISTS", { file, line, problem });
      };
      const [verb, subject, ...rest] = text.replace(/#.*/, "").trim().split(/\s+/);
      if (verb === undefined || verb === "") return;
      if (subject === undefined || rest.length > 0) return refuse("needs one verb and one subject");
      const isHotkey = isHotkeyAddress(subject) && publicKeyOf(subject) !== undefined;
      if (verb === "allow" && isHotkey) allowed.add(subject);
      else if (verb === "deny" && isHotkey) denied.add(subject);
      else if (verb !== "deny" || !networks.add(subject))
        refuse("is neither allow <hotkey> nor deny <hotkey, address or network>");
    },
  };
}

/** Lists of a file that may change while the miner runs. */
export type LiveCallerLists = CallerLists & { close(): void };

/**
 * Follows a list file: read now, and again within two seconds of a change. Rejects with E_CALLER_LISTS when it cannot be read or understood now; a
 * later version that cannot is logged, as is a file that has gone, and the last good one stays in force. `everyMs`: how often it is looked at.
 */
export async function followCallerLists(
  file: string,
  { log }: { readonly log: Logger },
  everyMs = pollMs,
): Promise<LiveCallerLists> {
  let judged = await versionOf(file);
  let current = await load(file);
  let lastSeen = judged;
  let looking = false;
  const look = async (): Promise<void> => {
    const version = await versionOf(file);
    const settled = version === lastSeen;
    lastSeen = version;
    if (version === judged || !settled) return;
    judged = version;
    try {
      const loaded = await load(file);
      // What was written meanwhile is found by the next looks.
      if ((await versionOf(file)) !== version) return;
      current = loaded;
      log.info({ file }, "caller lists reloaded");
    } catch (error) {
      log.error({ file, reason: errorMessage(error) }, "the caller lists were not reloaded, the last good ones hold");
    }
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => (looking = false));
  }, everyMs);
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
  const refuse = (problem: string, cause?: unknown): never => {
    throw appError("E_CALLER_LISTS", { file, line: 0, problem }, { cause });
  };
  const unreadable = (error: unknown): never => refuse(errorMessage(error), error);
  const facts = await stat(file).catch(unreadable);
  // Before it is read: a pipe never ends, and what has ten gigabytes does not fit.
  if (!facts.isFile()) return refuse("is no file");
  if (facts.size > maxBytes) return refuse(`is longer than ${maxBytes} bytes`);
  return parseGradually(await readFile(file, "utf8").catch(unreadable), file);
}

import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { guess, quoted, usage } from "../chain/usage.ts";

/** Which hotkey of which wallet, in which folder of wallets. */
export type WalletChoice = { readonly walletsFolder: string; readonly wallet: string; readonly hotkey: string };

/** The folder of wallets and the names that btcli uses when it is told nothing. */
const walletDefaults = {
  folder: path.join(".bittensor", "wallets"),
  wallet: "default",
  hotkey: "default",
} as const;

/** The options of a command that says which hotkey is meant. */
export type WalletFlags = { readonly wallet?: string; readonly hotkey?: string; readonly walletPath?: string };

/** The key file that the options name, with btcli's names for what they leave out; undefined when they name nothing. Throws as {@link findHotkeyFile}. */
export function hotkeyFileOf({ wallet, hotkey, walletPath }: WalletFlags, home: string): string | undefined {
  if (wallet === undefined && hotkey === undefined && walletPath === undefined) return undefined;
  return findHotkeyFile({
    walletsFolder: expandHome(walletPath ?? path.join(home, walletDefaults.folder), home),
    wallet: wallet ?? walletDefaults.wallet,
    hotkey: hotkey ?? walletDefaults.hotkey,
  });
}

/** The shell leaves `~` alone in `--wallet-path=~/wallets`. */
function expandHome(folder: string, home: string): string {
  return folder === "~" || folder.startsWith("~/") ? path.join(home, folder.slice(1)) : path.resolve(folder);
}

/** Names shown in an error. */
const maxShown = 20;

/**
 * The key file of a hotkey, `<wallets>/<wallet>/hotkeys/<hotkey>`. Throws E_WALLET_UNKNOWN or E_HOTKEY_UNKNOWN with the names there are, and
 * E_KEYFILE_ENCRYPTED with the way to a file that a daemon can use; E_USAGE for a name that is a path.
 */
export function findHotkeyFile({ walletsFolder, wallet, hotkey }: WalletChoice): string {
  checkName("--wallet", wallet);
  checkName("--hotkey", hotkey);
  const hotkeys = path.join(walletsFolder, wallet, "hotkeys");
  if (!existsSync(path.join(walletsFolder, wallet))) {
    const known = foldersIn(walletsFolder);
    throw appError("E_WALLET_UNKNOWN", {
      wallet,
      folder: walletsFolder,
      causeText: known.length === 0 ? "there is no wallet" : `there are: ${listed(known)}${guess(wallet, known)}`,
      remedies: [
        `make it:                     btcli wallet create --wallet-name ${wallet} --hotkey ${hotkey}`,
        "or name another folder:      --wallet-path FOLDER",
      ],
    });
  }
  const file = path.join(hotkeys, hotkey);
  if (!existsSync(file)) {
    const known = filesIn(hotkeys);
    throw appError("E_HOTKEY_UNKNOWN", {
      wallet,
      hotkey,
      causeText: known.length === 0 ? "it has no hotkey" : `it has: ${listed(known)}${guess(hotkey, known)}`,
      remedies: [`make it:      btcli wallet new-hotkey --wallet-name ${wallet} --hotkey ${hotkey}`],
    });
  }
  if (isEncrypted(file)) {
    throw appError("E_KEYFILE_ENCRYPTED", {
      path: file,
      causeText: "a miner or validator runs for months with nobody there to type a password",
      remedies: [
        `write the same hotkey unencrypted, from its phrase:   btcli wallet regen-hotkey --wallet-name ${wallet} --hotkey ${hotkey} --no-use-password`,
        "keep the coldkey encrypted, and off this machine",
      ],
    });
  }
  return file;
}

function checkName(flag: string, name: string): void {
  if (name === "" || name.startsWith(".") || /[/\\\0]/.test(name))
    throw usage(`${flag} wants a name, not ${quoted(name)}`, "--wallet-path names the folder of wallets");
}

/** Encrypted files begin with `$NACL` or another `$` name; only the first byte is looked at. */
function isEncrypted(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const first = Buffer.alloc(1);
    return readSync(descriptor, first) === 1 && first.toString("latin1") === "$";
  } finally {
    closeSync(descriptor);
  }
}

function foldersIn(folder: string): string[] {
  return namesIn(folder, (entry) => entry.isDirectory() || entry.isSymbolicLink());
}

/** Newer wallets put a public copy `<hotkey>pub.txt` beside each hotkey. */
function filesIn(folder: string): string[] {
  return namesIn(folder, (entry) => !entry.isDirectory() && !entry.name.endsWith("pub.txt"));
}

function namesIn(folder: string, want: (entry: import("node:fs").Dirent) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => want(entry) && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

function listed(names: readonly string[]): string {
  const more = names.length - maxShown;
  return `${names.slice(0, maxShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

import { readFile } from "node:fs/promises";
import path from "node:path";

/** Whose hotkey it is, as far as the place of its file tells. */
export type Wallet = {
  /** The names by which btcli finds it; undefined for a file that lies elsewhere. */
  readonly names: { readonly folder: string; readonly wallet: string; readonly hotkey: string } | undefined;
  /** SS58 of its coldkey, where the public half lies beside the hotkeys. */
  readonly coldkey: string | undefined;
};

/** What is known of the wallet that a hotkey file (`<folder>/<wallet>/hotkeys/<hotkey>`) belongs to. Never fails: it is for better words only. */
export async function walletOf(hotkeyFile: string): Promise<Wallet> {
  const [, folder, wallet, hotkey] = /^(.*)\/([^/]+)\/hotkeys\/([^/]+)$/.exec(path.resolve(hotkeyFile)) ?? [];
  if (folder === undefined || wallet === undefined || hotkey === undefined)
    return { names: undefined, coldkey: undefined };
  const coldkey = await readFile(path.join(folder, wallet, "coldkeypub.txt"), "utf8").then(addressIn, () => undefined);
  return { names: { folder, wallet, hotkey }, coldkey };
}

function addressIn(text: string): string | undefined {
  try {
    const { ss58Address } = JSON.parse(text) as { readonly ss58Address?: unknown };
    return typeof ss58Address === "string" && /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(ss58Address)
      ? ss58Address
      : undefined;
  } catch {
    return undefined;
  }
}

/** The command that registers this hotkey on this chain, and no other, whatever btcli's own defaults are. */
export function registerCommand(netuid: number, { names }: Wallet, endpoint: string): string {
  const place = names === undefined ? "" : walletFlags(names);
  return `btcli subnets register --netuid ${netuid}${place} --network ${endpoint}`;
}

function walletFlags({ folder, wallet, hotkey }: NonNullable<Wallet["names"]>): string {
  const usual = folder.endsWith(path.join(path.sep, ".bittensor", "wallets"));
  const flags = ` --wallet-name ${shellWord(wallet)} --hotkey ${shellWord(hotkey)}`;
  return usual ? flags : `${flags} --wallet-path ${shellWord(folder)}`;
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

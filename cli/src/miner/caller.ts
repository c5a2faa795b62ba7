import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isDevUri } from "../chain/text/address.ts";
import { usage } from "../chain/usage.ts";
import { validatorUris } from "../local/network/keys.ts";
import { hotkeyFileOf, type WalletFlags } from "../run/wallet.ts";

/** Who asks, and how a person calls it. */
export type Caller = { readonly keypair: Keypair; readonly name: string };

export type CallerFlags = WalletFlags & { readonly as?: string };

/**
 * The hotkey that signs: a development key, one of a wallet, or, for a miner of the network in this clone, that of its first validator. Throws
 * E_USAGE without one, and as key files do.
 */
export async function findCaller(
  flags: CallerFlags,
  { home, isLocal }: { readonly home: string; readonly isLocal: boolean },
): Promise<Caller> {
  const file = hotkeyFileOf(flags, home);
  if (flags.as !== undefined && file !== undefined) throw usage("--as names one key and --wallet or --hotkey another");
  if (flags.as !== undefined) return devCaller(flags.as);
  if (file !== undefined) return { keypair: await readKeyfile(file), name: file };
  const { hotkey } = validatorUris(0);
  if (isLocal) return { keypair: keypairFromUri(hotkey), name: `${hotkey}, validator-0 of the local network` };
  throw usage(
    "no key to sign with",
    "the miner's own hotkey, which is registered:   --wallet NAME --hotkey NAME",
    "on a development chain, a validator's:         --as //Validator//0//hot",
    "for a miner of npm start none is needed:       npm start, and in another terminal npx subnetkit miner try",
  );
}

function devCaller(uri: string): Caller {
  // Not repeated: it may be a phrase.
  if (!isDevUri(uri))
    throw usage(
      "--as wants a public development key such as //Validator//0//hot, and nothing that is secret",
      "a key of your own:   --wallet NAME --hotkey NAME",
    );
  return { keypair: keypairFromUri(uri), name: uri };
}

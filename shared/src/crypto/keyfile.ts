import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { appError, errorMessage } from "../errors/app-error.ts";
import { bytesEqual, bytesToHex, hexToBytes } from "../util/bytes.ts";
import { keyMaterialOfUri } from "./key-material.ts";
import { type Keypair, type KeyScheme, keypairFromSecretKey, keypairFromSeed, keypairFromUri } from "./keypair.ts";
import { fromCanonicalForm, toCanonicalForm } from "./secret-key-form.ts";

const hexField = (bytes: number) => z.string().regex(new RegExp(`^(0x)?[0-9a-fA-F]{${bytes * 2}}$`));

/** How wallets number the schemes. */
const cryptoTypes: Record<KeyScheme, number> = { ed25519: 0, sr25519: 1 };

/** The JSON of a Bittensor wallet key (btwallet): hex with `0x`, absent parts null or missing. */
const keyfileSchema = z.object({
  accountId: hexField(32).nullish(),
  publicKey: hexField(32).nullish(),
  privateKey: z.union([hexField(64), hexField(32)]).nullish(),
  secretPhrase: z.string().max(512).nullish(),
  secretSeed: hexField(32).nullish(),
  ss58Address: z.string().max(64).nullish(),
  cryptoType: z.int().nullish(),
});

type KeyfileContent = z.infer<typeof keyfileSchema>;

const maxKeyfileBytes = 16 * 1024;

export type ReadKeyfileOptions = {
  /** The scheme the key must have. Default: the one the file names, else sr25519. */
  readonly scheme?: KeyScheme;
  /** Accept a file that others can read, as secret volumes of container platforms are. Default false. */
  readonly allowLooseMode?: boolean;
};

/**
 * Reads an unencrypted wallet key. The file must belong to itself: its public key and address are compared with what the secret gives.
 * Throws E_KEYFILE_READ, E_KEYFILE_MODE, E_KEYFILE_ENCRYPTED or E_KEYFILE_FORMAT; none of them contains any of the content.
 */
export async function readKeyfile(
  path: string,
  { scheme, allowLooseMode = false }: ReadKeyfileOptions = {},
): Promise<Keypair> {
  const text = await readSecretFile(path, allowLooseMode);
  if (text.startsWith("$")) throw appError("E_KEYFILE_ENCRYPTED", { path });
  const content = parseKeyfile(text);
  if (content === undefined)
    throw appError("E_KEYFILE_FORMAT", { path, problem: "it is not the JSON of a wallet key" });
  const named = content.cryptoType ?? cryptoTypes[scheme ?? "sr25519"];
  const expected = scheme ?? (named === cryptoTypes.ed25519 ? "ed25519" : "sr25519");
  if (named !== cryptoTypes[expected])
    throw appError("E_KEYFILE_FORMAT", { path, problem: `its key type is not ${expected}` });
  const candidates = keypairsOf(content, expected);
  if (candidates.length === 0)
    throw appError("E_KEYFILE_FORMAT", { path, problem: "it holds no usable secret (a public key file?)" });
  const keypair = candidates.find((candidate) => agrees(content, candidate));
  if (keypair === undefined)
    throw appError("E_KEYFILE_FORMAT", {
      path,
      problem: `its public key is not the one of its secret under ${expected}`,
    });
  return keypair;
}

/** Writes the key of a URI or of a 32-byte seed, mode 0600, into a folder of mode 0700. Throws E_KEYFILE_EXISTS rather than overwrite. */
export async function writeKeyfile(
  path: string,
  uriOrSeed: string | Uint8Array,
  scheme: KeyScheme = "sr25519",
): Promise<Keypair> {
  const uri = typeof uriOrSeed === "string" ? uriOrSeed : bytesToHex(uriOrSeed);
  const keypair = keypairFromUri(uri, scheme);
  const { phrase, seed, secretKey } = keyMaterialOfUri(uri, scheme);
  const content = {
    accountId: bytesToHex(keypair.publicKey),
    publicKey: bytesToHex(keypair.publicKey),
    privateKey: bytesToHex(scheme === "sr25519" ? toCanonicalForm(secretKey) : secretKey),
    secretPhrase: phrase ?? null,
    secretSeed: seed === undefined ? null : bytesToHex(seed),
    ss58Address: keypair.address,
    cryptoType: cryptoTypes[scheme],
  };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" });
    await chmod(path, 0o600);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && syscall === "open") throw appError("E_KEYFILE_EXISTS", { path });
    throw appError("E_KEYFILE_WRITE", { path, problem: errorMessage(error) }, { cause: error });
  }
  return keypair;
}

async function readSecretFile(path: string, allowLooseMode: boolean): Promise<string> {
  try {
    const { mode, size } = await stat(path);
    if (size > maxKeyfileBytes) throw appError("E_KEYFILE_FORMAT", { path, problem: "it is too large" });
    if ((mode & 0o077) !== 0 && !allowLooseMode && process.platform !== "win32")
      throw appError("E_KEYFILE_MODE", { path, mode: (mode & 0o777).toString(8) });
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "syscall" in error)
      throw appError("E_KEYFILE_READ", { path, problem: errorMessage(error) }, { cause: error });
    throw error;
  }
}

function parseKeyfile(text: string): KeyfileContent | undefined {
  try {
    return keyfileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The phrase first, then the seed, then the bare secret key, as wallets read their own files; a secret key may have either form. */
function keypairsOf(content: KeyfileContent, scheme: KeyScheme): readonly Keypair[] {
  if (content.secretPhrase) return [keypairFromUri(content.secretPhrase, scheme)];
  if (content.secretSeed != null) return [keypairFromSeed(hexToBytes(content.secretSeed), scheme)];
  if (content.privateKey == null) return [];
  const secret = hexToBytes(content.privateKey);
  if (scheme === "ed25519" || secret.length === 32) return [keypairFromSeed(secret.subarray(0, 32), scheme)];
  return [fromCanonicalForm(secret), secret].flatMap(keypairOrNone);
}

function keypairOrNone(secretKey: Uint8Array): readonly Keypair[] {
  try {
    return [keypairFromSecretKey(secretKey)];
  } catch {
    return [];
  }
}

function agrees(content: KeyfileContent, keypair: Keypair): boolean {
  const stated = [content.publicKey, content.accountId].filter((key) => key != null);
  return (
    stated.every((key) => bytesEqual(hexToBytes(key), keypair.publicKey)) &&
    (content.ss58Address ?? keypair.address) === keypair.address
  );
}

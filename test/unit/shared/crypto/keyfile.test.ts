import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyMaterialOfUri } from "@subnetkit/shared/crypto/key-material";
import { readKeyfile, writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { keypairFromSeed, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { fromCanonicalForm, toCanonicalForm } from "@subnetkit/shared/crypto/secret-key-form";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "subnetkit-keys-"));
});
afterAll(() => rm(folder, { recursive: true }));

function path(): string {
  return join(folder, `${Math.random()}`);
}

async function stored(content: unknown, mode = 0o600): Promise<string> {
  const file = path();
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode });
  await chmod(file, mode);
  return file;
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("key files", () => {
  it.each([
    ["sr25519", "//Miner//0//hot"],
    ["sr25519", "//Miner/soft"],
    ["sr25519", phrase],
    ["sr25519", `${phrase}///password`],
    ["ed25519", "//Miner//0"],
    ["ed25519", phrase],
  ] as const)("of scheme %s keep the key of %s", async (scheme, uri) => {
    const file = join(folder, "deep", `${Math.random()}`);
    const written = await writeKeyfile(file, uri, scheme);
    expect(written.address).toBe(keypairFromUri(uri, scheme).address);
    expect((await readKeyfile(file, { scheme })).address).toBe(written.address);
  });

  it("have the fields of a wallet, mode 0600 and the phrase only when it alone gives the key", async () => {
    const [plain, derived, seeded] = [path(), path(), path()];
    await writeKeyfile(plain, phrase);
    await writeKeyfile(derived, `${phrase}//0`);
    await writeKeyfile(seeded, new Uint8Array(32).fill(7));
    expect((await stat(plain)).mode & 0o777).toBe(0o600);
    const [a, b, c] = (await Promise.all([plain, derived, seeded].map((file) => readFile(file, "utf8")))).map(
      (text) => JSON.parse(text) as Record<string, unknown>,
    );
    expect(Object.keys(a!).sort()).toEqual([
      "accountId",
      "cryptoType",
      "privateKey",
      "publicKey",
      "secretPhrase",
      "secretSeed",
      "ss58Address",
    ]);
    expect(a).toMatchObject({ secretPhrase: phrase, ss58Address: keypairFromUri(phrase).address });
    expect(b).toMatchObject({ secretPhrase: null, ss58Address: keypairFromUri(`${phrase}//0`).address });
    expect(c).toMatchObject({ secretPhrase: null, secretSeed: `0x${"07".repeat(32)}` });
  });

  it("are read by their phrase, their seed or their secret key, whichever is there", async () => {
    const source = path();
    const { address } = await writeKeyfile(source, phrase);
    const full = JSON.parse(await readFile(source, "utf8")) as Record<string, unknown>;
    for (const keep of ["secretPhrase", "secretSeed", "privateKey"]) {
      expect((await readKeyfile(await stored({ [keep]: full[keep], ss58Address: address }))).address).toBe(address);
    }
    const ed = keypairFromSeed(new Uint8Array(32).fill(9), "ed25519");
    expect((await readKeyfile(await stored({ privateKey: "09".repeat(32) }), { scheme: "ed25519" })).address).toBe(
      ed.address,
    );
  });

  it("are read as Bittensor wallets 4.1 write them: //Alice without a phrase, under both schemes", async () => {
    const file = {
      publicKey: "0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee",
      privateKey: "0xabf8e5bdbe30c65656c0a3cbd181ff8a56294a69dfedd27982aace4a76909115",
      accountId: "0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee",
      ss58Address: "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu",
      cryptoType: 0,
    };
    expect((await readKeyfile(await stored(file))).scheme).toBe("ed25519");
    await expect(readKeyfile(await stored(file), { scheme: "sr25519" })).rejects.toEqual(code("E_KEYFILE_FORMAT"));
    const sr = {
      publicKey: "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
      privateKey:
        "0x33a6f3093f158a7109f679410bef1a0c54168145e0cecb4df006c1c2fffb1f09925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011",
      ss58Address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
      cryptoType: 1,
    };
    const keypair = await readKeyfile(await stored(sr));
    expect([keypair.scheme, keypair.address]).toEqual(["sr25519", keypairFromUri("//Alice").address]);
  });

  it("are read with a secret key in the form of polkadot.js as well, and with neither form of a wrong one", async () => {
    const { secretKey } = keyMaterialOfUri("//Alice", "sr25519");
    const { address } = keypairFromUri("//Alice");
    expect((await readKeyfile(await stored({ privateKey: bytesToHex(secretKey), ss58Address: address }))).address).toBe(
      address,
    );
    expect(
      (await readKeyfile(await stored({ privateKey: bytesToHex(toCanonicalForm(secretKey)), ss58Address: address })))
        .address,
    ).toBe(address);
    expect(fromCanonicalForm(toCanonicalForm(secretKey))).toEqual(secretKey);
    const bob = keyMaterialOfUri("//Bob", "sr25519").secretKey;
    await expect(readKeyfile(await stored({ privateKey: bytesToHex(bob), ss58Address: address }))).rejects.toEqual(
      code("E_KEYFILE_FORMAT"),
    );
  });

  it("are refused when they contradict themselves or belong to another scheme", async () => {
    const bob = keypairFromUri("//Bob");
    await expect(readKeyfile(await stored({ secretPhrase: phrase, ss58Address: bob.address }))).rejects.toEqual(
      code("E_KEYFILE_FORMAT"),
    );
    const file = path();
    await writeKeyfile(file, phrase, "ed25519");
    expect((await readKeyfile(file)).scheme).toBe("ed25519");
    await expect(readKeyfile(file, { scheme: "sr25519" })).rejects.toEqual(code("E_KEYFILE_FORMAT"));
  });

  it.each([
    ["nothing at all", ""],
    ["no JSON", "{hunter2"],
    ["no secret", { ss58Address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" }],
    ["a seed of the wrong length", { secretSeed: "0x1234" }],
    ["a list", [1, 2]],
    ["far too much", " ".repeat(20_000)],
  ])("are refused when they hold %s, without repeating it", async (_what, content) => {
    const error: unknown = await readKeyfile(await stored(content)).catch((thrown: unknown) => thrown);
    expect(error).toEqual(code("E_KEYFILE_FORMAT"));
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("are refused when encrypted, missing or open to others", async () => {
    await expect(readKeyfile(await stored("$NACLabcdef"))).rejects.toEqual(code("E_KEYFILE_ENCRYPTED"));
    await expect(readKeyfile(path())).rejects.toEqual(code("E_KEYFILE_READ"));
    const open = await stored({ secretPhrase: phrase }, 0o644);
    await expect(readKeyfile(open)).rejects.toEqual(
      expect.objectContaining({ code: "E_KEYFILE_MODE", remedy: `Run: chmod 600 ${open}` }),
    );
    expect((await readKeyfile(open, { allowLooseMode: true })).address).toBe(keypairFromUri(phrase).address);
  });

  it("are never overwritten", async () => {
    const file = path();
    const { address } = await writeKeyfile(file, phrase);
    await expect(writeKeyfile(file, "//Bob")).rejects.toEqual(code("E_KEYFILE_EXISTS"));
    expect((await readKeyfile(file)).address).toBe(address);
    await expect(writeKeyfile(join(file, "below-a-file"), "//Bob")).rejects.toEqual(code("E_KEYFILE_WRITE"));
  });
});

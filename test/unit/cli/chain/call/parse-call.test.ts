import { type ParsedCall, parseCall } from "@subnetkit/cli/chain/call/parse-call";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runtimeCall } from "../../../../../chain/src/spec/call.ts";
import "../../../../../chain/src/spec/pallets.ts";

const bob = bytesToHex(keypairFromUri("//Bob").publicKey);
const argsOf = ({ hex }: ParsedCall): unknown => runtimeCall().dec(hexToBytes(hex)).args;

/** What is said about a wrong call. */
function problem(...words: string[]): { text: string; remedies: readonly string[] } {
  try {
    parseCall(words);
  } catch (error) {
    if (!isAppError(error, "E_USAGE")) throw error;
    const { remedies } = error.data;
    return { text: error.message, remedies: Array.isArray(remedies) ? remedies.map(String) : [] };
  }
  throw new Error(`${words.join(" ")} was taken`);
}

describe("a call on the command line", () => {
  it("is read from words, from one quoted line, and from JSON alike", () => {
    const words = ["SubtensorModule.burned_register", "netuid=2", "hotkey=//Bob"];
    const call = parseCall(words);
    expect(call.name).toBe("SubtensorModule.burned_register");
    expect(argsOf(call)).toEqual({ netuid: 2, hotkey: bob });
    expect(parseCall([words.join(" ")])).toEqual(call);
    expect(
      parseCall([
        JSON.stringify({ pallet: "SubtensorModule", call: "burned_register", args: { netuid: 2, hotkey: "//Bob" } }),
      ]),
    ).toEqual(call);
    expect(parseCall(['{"section":"subtensorModule","method":"burnedRegister","args":[2,"//Bob"]}'])).toEqual(call);
    expect(parseCall(["subtensorModule.burnedRegister", "netUid=2", "hotkey=//Bob"])).toEqual(call);
    expect(parseCall([call.hex])).toEqual(call);
  });

  it("takes accounts as development URIs, addresses and public keys, also where an address type is wanted", () => {
    const call = (dest: string): unknown =>
      argsOf(parseCall(["Balances.transfer_keep_alive", `dest=${dest}`, "value=5"]));
    const expected = { dest: { type: "Id", value: bob }, value: 5n };
    expect(call("//Bob")).toEqual(expected);
    expect(call(keypairFromUri("//Bob").address)).toEqual(expected);
    expect(call(bob)).toEqual(expected);
  });

  it("takes amounts in TAO and whole numbers of any size exactly", () => {
    const value = (text: string): unknown =>
      argsOf(parseCall(["Balances.transfer_keep_alive", "dest=//Bob", `value=${text}`]));
    expect(value("1.5tao")).toMatchObject({ value: 1_500_000_000n });
    expect(value("18446744073709551615")).toMatchObject({ value: 18_446_744_073_709_551_615n });
    expect(value("1_000")).toMatchObject({ value: 1_000n });
    const json =
      '{"pallet":"Balances","call":"transfer_keep_alive","args":{"dest":"//Bob","value":18446744073709551615}}';
    expect(argsOf(parseCall([json]))).toMatchObject({ value: 18_446_744_073_709_551_615n });
  });

  it("takes lists with commas or as JSON, options as none, and enums by name", () => {
    const weights = (dests: string): unknown =>
      argsOf(
        parseCall(["SubtensorModule.set_weights", "netuid=2", `dests=${dests}`, "weights=[65535,1]", "version_key=0"]),
      );
    expect(weights("3,4")).toMatchObject({ dests: [3, 4], weights: [65_535, 1] });
    expect(weights("[3, 4]")).toMatchObject({ dests: [3, 4] });
    const proxy = (kind: string): unknown =>
      argsOf(parseCall(["Proxy.add_proxy", "delegate=//Bob", `proxy_type=${kind}`, "delay=0"]));
    expect(proxy("any")).toMatchObject({ proxy_type: { type: "Any" } });
    expect(problem("Proxy.add_proxy", "delegate=//Bob", "proxy_type=Stakin", "delay=0").text).toContain(
      "did you mean Staking?",
    );
  });

  it("takes calls inside calls, written the same way", () => {
    const batch = parseCall([
      "Utility.batch",
      'calls=["System.remark remark=0x00", {"pallet":"System","call":"remark","args":{"remark":"hi"}}]',
    ]);
    expect(argsOf(batch)).toMatchObject({
      calls: [
        { pallet: "System", name: "remark" },
        { pallet: "System", name: "remark", args: { remark: new Uint8Array([104, 105]) } },
      ],
    });
    const sudo = parseCall(["Sudo.sudo", "call=AdminUtils.sudo_set_tempo netuid=2 tempo=20"]);
    expect(argsOf(sudo)).toMatchObject({ call: { name: "sudo_set_tempo", args: { netuid: 2, tempo: 20 } } });
    expect(parseCall(["Sudo.sudo call='AdminUtils.sudo_set_tempo netuid=2 tempo=20'"])).toEqual(sudo);
  });

  it("refuses a wrong name and says which was meant", () => {
    expect(problem("SubtensorModul.burned_register").text).toContain("did you mean SubtensorModule?");
    expect(problem("SubtensorModule.burn_register").text).toContain("did you mean burned_register?");
    expect(problem("burned_register").text).toContain("did you mean SubtensorModule.burned_register?");
    expect(problem("Balances.burned_register").text).toContain("did you mean SubtensorModule.burned_register?");
    const wrong = problem("SubtensorModule.burned_register", "netuid=2", "hotky=//Bob");
    expect(wrong.text).toContain("did you mean hotkey?");
    expect(wrong.remedies.join()).toContain("SubtensorModule.burned_register netuid=<u16> hotkey=<account>");
  });

  it("refuses a wrong shape and says what was expected", () => {
    const register = (...args: string[]): string => problem("SubtensorModule.burned_register", ...args).text;
    expect(register("netuid=2")).toContain("lacks hotkey (account)");
    expect(register("netuid=70000", "hotkey=//Bob")).toContain("u16 (0 to 65535)");
    expect(register("netuid=-1", "hotkey=//Bob")).toContain("u16");
    expect(register("netuid=2", "hotkey=Bob")).toContain("did you mean //Bob?");
    expect(register("netuid=2", "hotkey=5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694tz")).toContain("checksum");
    expect(register("netuid=2", "netuid=3", "hotkey=//Bob")).toContain("twice");
    expect(register("2", "//Bob")).toContain("name=value");
    expect(problem("SubtensorModule.set_weights", "netuid=2", "dests=a", "weights=1", "version_key=0").text).toContain(
      "dests[0] wants u16",
    );
    expect(problem("0x00").text).toContain("could not read");
    expect(problem("0xff00").text).toContain("could not read");
    expect(problem("System.remark", "remark=0x0").text).toContain("wants bytes");
    expect(
      problem("Commitments.set_commitment", "netuid=1", `info={"fields":[${Array(9).fill('"None"').join()}]}`).text,
    ).toContain("could not read");
    expect(problem("0xzz").text).toContain("hex");
    expect(problem().text).toContain("missing");
    expect(problem("{").text).toContain("call");
    expect(problem('{"pallet":"System"}').text).toContain("as JSON is");
  });

  it("never shows a phrase that could be a secret", () => {
    const phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    expect(problem("SubtensorModule.burned_register", "netuid=2", `hotkey=${phrase}`).text).not.toContain("curtain");
  });

  it("answers anything typed with a call or with E_USAGE, never with another error", () => {
    const word = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        "System.remark",
        "Utility.batch",
        "calls=[",
        "remark=0x0",
        "{",
        "[[",
        "0x00",
        "Sudo.sudo",
        'call={"a":1}',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        try {
          parseCall(words);
        } catch (error) {
          if (!isAppError(error, "E_USAGE")) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

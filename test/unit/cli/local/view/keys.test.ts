import { createKeyMachine, type KeyAction } from "@subnetkit/cli/local/view/keys";
import { describe, expect, it } from "vitest";

const press = (keys: string, uids: readonly number[] = [0, 1, 2, 3]): (KeyAction | undefined)[] => {
  const machine = createKeyMachine(() => uids);
  return [...keys].map(machine);
};

const last = (keys: string, uids?: readonly number[]): KeyAction | undefined => press(keys, uids).at(-1);

describe("the keys", () => {
  it.each([
    ["q", "quit"],
    ["p", "pause"],
    ["n", "nextEpoch"],
    ["u", "urls"],
    ["s", "sort"],
    ["w", "wide"],
    ["?", "help"],
    ["\u0003", "interrupt"],
    ["\u001a", "suspend"],
  ])("know %j", (key, kind) => {
    expect(last(key)).toEqual({ kind });
  });

  it("kill a miner with k and its uid, a validator only with K", () => {
    expect(last("k2")).toEqual({ kind: "kill", uid: 2, validators: false });
    expect(last("K0")).toEqual({ kind: "kill", uid: 0, validators: true });
  });

  it("restart one, or all with rr", () => {
    expect(last("r3")).toEqual({ kind: "restart", uid: 3 });
    expect(last("rr")).toEqual({ kind: "restart", uid: "all" });
  });

  it("give up a verb at Escape, and do nothing to anybody", () => {
    const actions = press("k\u001b2");
    expect(actions[1]).toEqual({ kind: "prompt", text: undefined });
    expect(actions[2]).toBeUndefined();
  });

  it("wait for a second digit where there is a uid that needs it, and take Enter for the short one", () => {
    const many = Array.from({ length: 15 }, (_, i) => i);
    expect(last("k1", many)).toMatchObject({ kind: "prompt" });
    expect(last("k12", many)).toEqual({ kind: "kill", uid: 12, validators: false });
    expect(last("k1\r", many)).toEqual({ kind: "kill", uid: 1, validators: false });
    expect(last("k9", many)).toEqual({ kind: "kill", uid: 9, validators: false });
  });

  it("hear Ctrl-C also while a verb waits", () => {
    expect(last("k\u0003")).toEqual({ kind: "interrupt" });
  });

  it("ignore every other key", () => {
    expect(press("xyz 7\r")).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});

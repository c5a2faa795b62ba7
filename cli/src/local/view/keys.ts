/** What a person can ask for with one key. */
export type KeyAction =
  | { readonly kind: "quit" }
  | { readonly kind: "suspend" }
  | { readonly kind: "pause" }
  | { readonly kind: "nextEpoch" }
  | { readonly kind: "kill"; readonly uid: number; readonly validators: boolean }
  | { readonly kind: "restart"; readonly uid: number | "all" }
  | { readonly kind: "logs"; readonly uid: number }
  | { readonly kind: "urls" }
  | { readonly kind: "sort" }
  | { readonly kind: "wide" }
  | { readonly kind: "help" }
  | { readonly kind: "interrupt" }
  /** A key that waits for a uid was pressed, or given up: what to show, if anything. */
  | { readonly kind: "prompt"; readonly text: string | undefined };

/** The help, made from the same table that the keys are. */
export const keyTable = [
  ["q", "stop everything"],
  ["p", "pause or resume block making"],
  ["n", "mine to the end of the epoch"],
  ["k + uid", "kill a miner as a crash would (K for a validator); Esc gives up"],
  ["r + uid, rr", "restart one, or all"],
  ["l + uid", "show that one's log above; l and its uid again stop"],
  ["u", "print the addresses again"],
  ["s, w", "sort by score, wide columns"],
  ["?", "this help"],
  ["Ctrl-C", "stop; twice: kill"],
  ["Ctrl-Z", "suspend; the network goes on"],
] as const;

type Waiting = { readonly verb: "k" | "K" | "r" | "l"; readonly digits: string };

const words = { k: "kill miner", K: "kill", r: "restart", l: "log of" } as const;

/**
 * Turns key presses into actions. A verb that needs a uid waits for its digits: the second key press is the confirmation, Esc gives up. With
 * more than ten neurons a digit that could go on waits for the next one or for Enter. An unknown key does nothing.
 */
export function createKeyMachine(uids: () => readonly number[]): (key: string) => KeyAction | undefined {
  let waiting: Waiting | undefined;

  const finish = ({ verb, digits }: Waiting): KeyAction => {
    waiting = undefined;
    const uid = Number(digits);
    if (verb === "r") return { kind: "restart", uid };
    if (verb === "l") return { kind: "logs", uid };
    return { kind: "kill", uid, validators: verb === "K" };
  };

  const whileWaiting = (state: Waiting, key: string): KeyAction | undefined => {
    if (key === "\r" && state.digits !== "") return finish(state);
    if (key === "r" && state.verb === "r" && state.digits === "") {
      waiting = undefined;
      return { kind: "restart", uid: "all" };
    }
    if (!/^\d$/.test(key)) {
      waiting = undefined;
      return { kind: "prompt", text: undefined };
    }
    const next = { verb: state.verb, digits: state.digits + key };
    const longer = uids().some((uid) => String(uid).startsWith(next.digits) && String(uid) !== next.digits);
    if (!longer) return finish(next);
    waiting = next;
    return { kind: "prompt", text: `${words[next.verb]} uid ${next.digits} (Enter, or another digit; Esc gives up)` };
  };

  return (key) => {
    if (key === "\u0003") {
      waiting = undefined;
      return { kind: "interrupt" };
    }
    if (key === "\u001a") return { kind: "suspend" };
    if (waiting !== undefined) return whileWaiting(waiting, key);
    switch (key) {
      case "q":
        return { kind: "quit" };
      case "p":
        return { kind: "pause" };
      case "n":
        return { kind: "nextEpoch" };
      case "u":
      case "o":
        return { kind: "urls" };
      case "s":
        return { kind: "sort" };
      case "w":
        return { kind: "wide" };
      case "?":
        return { kind: "help" };
      case "k":
      case "K":
      case "r":
      case "l":
        waiting = { verb: key, digits: "" };
        return { kind: "prompt", text: `${words[key]} uid .. (Esc gives up${key === "r" ? "; r again: all" : ""})` };
      default:
        return undefined;
    }
  };
}

import { createLogUpdate } from "log-update";
import type { NetworkState } from "../observe/network-state.ts";
import { createCellStyle } from "./cell-style.ts";
import { historyLine } from "./event-lines.ts";
import { wrapped } from "./format.ts";
import { buildFrame } from "./frame.ts";
import { createKeyMachine, type KeyAction, keyTable } from "./keys.ts";
import type { View } from "./view.ts";

const FRAME_MS = 200;
const NOTICE_MS = 10_000;

export type TerminalViewOptions = {
  readonly stream: NodeJS.WriteStream;
  /** Undefined when keys are off. */
  readonly stdin: NodeJS.ReadStream | undefined;
  readonly version: string;
  readonly state: () => NetworkState;
  /** Everything but what only changes the picture. */
  readonly onAction: (action: KeyAction) => void;
};

export type TerminalView = View & {
  /** Shows one line for ten seconds in the region: a failed action, a question. */
  notice(text: string | undefined): void;
  /** Begins to draw and to read keys. */
  open(): void;
};

/** The live region: history scrolls away above it, a short table stays below. At most five frames a second, and none while nothing changed. */
export function createTerminalView(options: TerminalViewOptions): TerminalView {
  const { stream, stdin, version, state, onAction } = options;
  const live = createLogUpdate(stream);
  const style = createCellStyle(stream);
  const machine = createKeyMachine(() => state().neurons.map(({ uid }) => uid));
  let dirty = true;
  let opened = false;
  let sortByScore = false;
  let wide = false;
  let notice: { text: string; until: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ticks = 0;

  const frame = (): string =>
    buildFrame(state(), {
      columns: stream.columns || 80,
      rows: stream.rows || 24,
      sortByScore,
      wide,
      keys: stdin !== undefined,
      notice: notice?.text === undefined ? undefined : ` ${notice.text}`,
      version,
      now: Date.now(),
      decorate: style,
    }).join("\n");

  const draw = (): void => {
    ticks += 1;
    if (notice !== undefined && Date.now() > notice.until) notice = undefined;
    // Once a second also without a change: the clock moves and bold cells calm down.
    if (!dirty && ticks % 5 !== 0) return;
    dirty = false;
    live(frame());
  };

  const say = (text: string): void => {
    if (!opened) {
      stream.write(`${text}\n`);
      return;
    }
    live.clear();
    stream.write(`${text}\n`);
    live(frame());
  };

  const raw = (on: boolean): void => {
    if (stdin?.isTTY) stdin.setRawMode(on);
  };

  const suspend = (): void => {
    live.clear();
    clearInterval(timer);
    raw(false);
    stream.write("\u001b[?25h");
    process.once("SIGCONT", () => {
      raw(true);
      timer = setInterval(draw, FRAME_MS);
      dirty = true;
    });
    // The whole foreground group, npm included: the shell gets its prompt back. The network itself is in other groups and goes on.
    process.kill(0, "SIGTSTP");
  };

  const onKey = (chunk: Buffer | string): void => {
    const text = chunk.toString();
    // An arrow key or a paste of escapes arrives as one chunk: not ours.
    const keys = text.startsWith("\u001b") ? [text] : [...text];
    for (const key of keys) act(machine(key));
    dirty = true;
  };

  const act = (action: KeyAction | undefined): void => {
    if (action === undefined) return;
    switch (action.kind) {
      case "sort":
        sortByScore = !sortByScore;
        return;
      case "wide":
        wide = !wide;
        return;
      case "prompt":
        view.notice(action.text);
        return;
      case "help":
        say(keyTable.map(([key, does]) => `   ${key.padEnd(12)} ${does}`).join("\n"));
        return;
      case "suspend":
        suspend();
        return;
      default:
        view.notice(undefined);
        onAction(action);
    }
  };

  const onResize = (): void => {
    dirty = true;
  };

  const view: TerminalView = {
    open() {
      opened = true;
      timer = setInterval(draw, FRAME_MS);
      stream.on("resize", onResize);
      if (stdin !== undefined) {
        raw(true);
        stdin.on("data", onKey).resume();
      }
    },
    event(event) {
      const line = historyLine(event);
      if (line !== undefined) say(wrapped(line, (stream.columns || 80) - 1).join("\n"));
    },
    changed() {
      dirty = true;
    },
    notice(text) {
      notice = text === undefined ? undefined : { text, until: Date.now() + NOTICE_MS };
      dirty = true;
    },
    say,
    close() {
      if (!opened) return;
      opened = false;
      clearInterval(timer);
      stream.removeListener("resize", onResize);
      live.clear();
      live.done();
      if (stdin !== undefined) {
        stdin.removeListener("data", onKey);
        raw(false);
        stdin.pause();
      }
    },
  };
  return view;
}

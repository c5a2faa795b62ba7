import { timeOfDay } from "../../local/view/format.ts";
import type { BlockStory } from "./block-story.ts";
import { storyLine } from "./block-story.ts";
import type { ReadyDocument } from "./config-out.ts";

/** Blocks between two signs of life where nobody watches. */
const HEARTBEAT_BLOCKS = 100;

/** How a run is told. */
export type TellerOptions = {
  /** One JSON event a line on stdout, nothing else there. */
  readonly json: boolean;
  /** Blocks without transactions too. */
  readonly everyBlock: boolean;
  /** A line every hundred blocks. */
  readonly heartbeat: boolean;
  readonly stdout?: (line: string) => void;
  readonly stderr?: (line: string) => void;
  /** Unix ms. */
  readonly now?: () => number;
};

/** Tells what happens: lines for people on stderr, or with `json` events on stdout. */
export type Teller = {
  ready(document: ReadyDocument, banner: readonly string[]): void;
  block(story: BlockStory): void;
  stopping(): void;
  stopped(end: { readonly exitCode: number; readonly reason: string; readonly block: number }, line: string): void;
  /** A line of the log. */
  log(line: string): void;
};

/** Makes the teller of one run. */
export function createTeller(options: TellerOptions): Teller {
  const {
    json,
    everyBlock,
    heartbeat,
    stdout = (line) => void process.stdout.write(`${line}\n`),
    stderr = (line) => void process.stderr.write(`${line}\n`),
    now = Date.now,
  } = options;
  let seq = 0;
  let isReady = false;
  const at = (): string => new Date(now()).toISOString();
  const event = (type: string, fields: object): void =>
    stdout(JSON.stringify({ v: 1, seq: seq++, at: at(), type, ...fields }));
  const line = (text: string): void => stderr(` ${timeOfDay(at())}  ${text}`);
  return {
    ready(document, banner) {
      isReady = true;
      if (json) event("chain.ready", document);
      else for (const text of banner) stderr(text);
    },
    block(story) {
      if (!isReady) return;
      const { number, extrinsics, retracted } = story;
      const news = everyBlock || extrinsics.length > 0 || retracted.length > 0;
      if (json && news) event("chain.block", story);
      else if (news) line(storyLine(story));
      else if (heartbeat && number % HEARTBEAT_BLOCKS === 0) {
        if (json) event("chain.heartbeat", { number, hash: story.hash });
        else line(storyLine(story));
      }
    },
    stopping() {
      if (!json) stderr(" stopping (Ctrl-C again to kill)");
    },
    stopped(end, text) {
      if (json) event("chain.stopped", end);
      else stderr(` ${text}`);
    },
    log: line,
  };
}

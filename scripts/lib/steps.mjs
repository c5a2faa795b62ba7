// The lines that say what set-up does: one per step, with its time. On a terminal the running one turns; elsewhere one fact a line.

import { styleText } from "node:util";

const spinner = [".  ", ".. ", "...", " ..", "  ."];
const marks = { ok: " ok", failed: " !!", running: " ..", skipped: " --" };

/** True when frames may be drawn: a terminal, not CI, not a dumb one, and nobody asked for plain lines. */
export function mayDraw(stream, flags) {
  const { CI, TERM } = process.env;
  return (
    Boolean(stream.isTTY) &&
    (CI === undefined || CI === "" || CI === "false") &&
    TERM !== "dumb" &&
    !flags.plain &&
    !flags.json
  );
}

/** Seconds with one decimal, as every step shows them. */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Local time of day, the prefix of every plain line. */
export function clock(date = new Date()) {
  return date.toTimeString().slice(0, 8);
}

/** One finished (or running) step as a line of a terminal. */
export function stepLine(state, name, detail, note, ms) {
  const took = ms === undefined ? "" : seconds(ms);
  const room = Math.max(note.length, 71 - detail.length);
  return `${marks[state]}  ${name.padEnd(12)} ${detail} ${note.padStart(room)} ${took.padStart(7)}`.trimEnd();
}

/** Colour repeats the mark, never replaces it; styleText knows NO_COLOR, FORCE_COLOR and pipes. */
function coloured(state, line, stream) {
  const colour = { ok: "green", failed: "red", running: "yellow", skipped: "dim" }[state];
  return styleText(colour, line.slice(0, 3), { stream }) + line.slice(3);
}

/**
 * Makes a reporter of steps on `stream`. `begin(name)` returns a handle: `progress(detail)`, `done(detail, note)`, `failed(detail)`.
 * Every finished step is also kept in `finished`, so that whoever takes over can report it once more in another form.
 */
export function createSteps({ stream = process.stderr, flags = {}, quiet = false } = {}) {
  const draws = mayDraw(stream, flags) && !quiet;
  const finished = [];
  let timer;
  let live;

  const write = (text) => {
    if (!quiet) stream.write(text);
  };
  const erase = () => {
    if (draws && live) stream.write("\r\u001b[K");
  };
  const paint = () => {
    if (!live) return;
    const elapsed = Date.now() - live.startedAt;
    const line = stepLine("running", live.name, live.detail, "", elapsed >= 1000 ? elapsed : undefined);
    live.frame = (live.frame + 1) % spinner.length;
    const width = (stream.columns || 80) - 1;
    stream.write(
      `\r\u001b[K${coloured("running", ` ${spinner[live.frame].slice(0, 2)}${line.slice(3)}`.slice(0, width), stream)}`,
    );
  };
  const settle = (step, state, detail, note) => {
    if (step.closed) return;
    step.closed = true;
    erase();
    if (live === step) live = undefined;
    clearInterval(timer);
    timer = undefined;
    const ms = Date.now() - step.startedAt;
    finished.push({ name: step.name, state, detail, note, startedAt: step.startedAt, ms });
    if (draws) {
      const line = stepLine(state, step.name, detail, note, ms);
      write(`${coloured(state, (stream.columns || 80) < line.length ? line.replace(/ {3,}/g, "  ") : line, stream)}\n`);
    } else {
      write(
        `${clock()} start      ${step.name} ${state} ${seconds(ms).replace(" ", "")}${detail ? ` ${detail}` : ""}${note ? ` (${note})` : ""}\n`,
      );
    }
  };

  return {
    draws,
    finished,
    begin(name, detail = "") {
      const step = { name, detail, startedAt: Date.now(), frame: 0, closed: false, lastShown: Date.now() };
      live = step;
      if (draws) {
        paint();
        timer = setInterval(paint, 120);
        timer.unref();
      }
      return {
        progress(text) {
          step.detail = text;
          if (!draws && Date.now() - step.lastShown >= 5000) {
            step.lastShown = Date.now();
            write(
              `${clock()} start      ${step.name} ${text} ${seconds(Date.now() - step.startedAt).replace(" ", "")}\n`,
            );
          }
        },
        done: (text = "", note = "") => settle(step, "ok", text, note),
        failed: (text = "") => settle(step, "failed", text, ""),
        skipped: (text = "") => settle(step, "skipped", text, ""),
        /** Takes the running line away without a result: the process is about to say something else. */
        drop() {
          step.closed = true;
          erase();
          if (live === step) live = undefined;
          clearInterval(timer);
        },
      };
    },
    /** A permanent line above the running step. */
    say(text) {
      erase();
      write(`${text}\n`);
      if (draws) paint();
    },
  };
}

// Preloaded into a process under test (`node --import`): its wall clock is off by as many milliseconds as the file says that CHAOS_CLOCK_FILE names.
import { readFileSync } from "node:fs";

const file = process.env.CHAOS_CLOCK_FILE;
const RealDate = Date;
let offsetMs = 0;
setInterval(() => {
  try {
    offsetMs = Number(readFileSync(file, "utf8"));
  } catch {
    // Not written yet: no jump.
  }
}, 50).unref();

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};

// Two set-ups of one clone at once would install into each other's folders: the second waits for the first.

import fs from "node:fs";
import path from "node:path";
import * as paths from "./paths.mjs";

const file = path.join(paths.run, "setup.lock");

function holderAlive() {
  try {
    const pid = Number(fs.readFileSync(file, "utf8"));
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `work` while holding the lock. `onWait` is called once when another set-up holds it; a dead holder's lock is taken over. */
export async function withSetupLock(work, onWait) {
  fs.mkdirSync(paths.run, { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (!holderAlive()) {
        fs.rmSync(file, { force: true });
        continue;
      }
      if (!told) onWait();
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const release = () => fs.rmSync(file, { force: true });
  process.on("exit", release);
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Writes how many tests passed, failed and were skipped to the file that `npm test` named, for its last line. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedInside = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") counts.passed++;
        else if (state === "failed") failedInside++;
        else counts.skipped++;
      }
      // A file that does not load, or whose hooks throw, holds no failed test: it counts as one.
      counts.failed += failedInside === 0 && !module.ok() ? 1 : failedInside;
    }
    const file = process.env["SUBNETKIT_TEST_COUNTS"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}

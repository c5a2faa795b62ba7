import { asAppError, errorData, errorText } from "@subnetkit/cli/system/report-error";
import { appError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";

describe("telling an error", () => {
  it("names code, what, cause, remedies and where to read on, in this order", () => {
    const error = appError("E_ALREADY_RUNNING", {
      since: "11:58",
      pid: 42,
      causeText: "pid 42\nruns it",
      remedies: ["look:   a", "stop:   b"],
    });
    expect(errorText(error, "logs/start.log").trim().split("\n")).toEqual([
      "error E_ALREADY_RUNNING  already running since 11:58 (pid 42)",
      "  cause   pid 42",
      "          runs it",
      "  remedy  look:   a",
      "          stop:   b",
      "  more    docs/reference/errors.md#e_already_running     log logs/start.log",
    ]);
  });

  it("says the same as data", () => {
    expect(errorData(appError("E_NOT_RUNNING"))).toEqual({
      code: "E_NOT_RUNNING",
      message: "no local network is running in this clone",
      cause: "",
      remedy: "npm start",
      docs: "docs/reference/errors.md#e_not_running",
      log: "",
    });
  });

  it.each(["EACCES", "EROFS", "ENOSPC", "ENOTDIR"])(
    "takes %s for a place that cannot be written: exit code 3",
    (code) => {
      const error = Object.assign(new Error(`${code}: no`), { code, path: "/clone/.subnetkit" });
      expect(asAppError(error)).toMatchObject({
        code: "E_NO_WRITE",
        exitCode: 3,
        message: "cannot write /clone/.subnetkit",
      });
    },
  );

  it("says it when the folder it was called in is gone: exit code 2", () => {
    const error = Object.assign(new Error("ENOENT: uv_cwd"), { code: "ENOENT", syscall: "uv_cwd" });
    expect(asAppError(error)).toMatchObject({ code: "E_USAGE", exitCode: 2 });
  });

  it("takes what nobody expected for a bug of ours, exit code 70, and shows its stack", () => {
    const error = new TypeError("x is not a function");
    expect(asAppError(error)).toMatchObject({ code: "E_INTERNAL", exitCode: 70 });
    expect(errorText(error)).toContain("TypeError: x is not a function");
    expect(errorText(error)).toContain("report-error.test.ts");
  });
});

// An error of set-up: a code of the registry (shared/src/errors/codes/local.ts), told in the one form every error has.

/** What went wrong before the project's own error classes can be loaded. `remedies` are pastable, one a line. */
export class SetupFailure extends Error {
  constructor({ code, message, cause, remedies, exitCode, log = "" }) {
    super(message);
    this.code = code;
    this.causeText = cause;
    this.remedies = remedies;
    this.exitCode = exitCode;
    this.log = log;
  }
}

export const docsOf = (code) => `docs/reference/errors.md#${code.toLowerCase()}`;

/** The five-line form: code, what, cause, remedy, where to read on. */
export function formatFailure({ code, message, cause, remedies, log }) {
  const [first = "", ...others] = remedies;
  return [
    "",
    `error ${code}  ${message}`,
    ...(cause ? [`  cause   ${cause.replace(/\n/g, "\n          ")}`] : []),
    ...(first ? [`  remedy  ${first}`] : []),
    ...others.map((line) => `          ${line}`),
    `  more    ${docsOf(code)}${log ? `     log ${log}` : ""}`,
    "",
  ].join("\n");
}

/** The same as data, for `--json`. */
export function failureData({ code, message, cause, remedies, log }) {
  return { code, message, cause: cause || "", remedy: remedies.join("\n"), docs: docsOf(code), log: log || "" };
}

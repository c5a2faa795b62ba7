/** The parts every printed error has. `remedies` are pastable, one a line; `log` is a path or empty. */
export type FailureParts = { code: string; message: string; cause: string; remedies: readonly string[]; log: string };
/** An error as data, the `error` field of the JSON form. */
export type FailureData = { code: string; message: string; cause: string; remedy: string; docs: string; log: string };
export function formatFailure(parts: FailureParts): string;
export function failureData(parts: FailureParts): FailureData;
export function docsOf(code: string): string;

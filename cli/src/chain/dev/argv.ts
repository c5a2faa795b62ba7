import { durationWord } from "../text/words.ts";
import { quoted, usage } from "../usage.ts";

/** Options of `chain dev` as commander gives them. */
export type DevFlags = {
  readonly preset?: string;
  readonly genesis?: string;
  readonly state?: string;
  readonly data?: string;
  readonly port?: string;
  readonly blockTime?: string;
  readonly history?: string;
  readonly relaxed?: boolean;
  readonly mockSignatures?: boolean;
  readonly logRpc?: string;
  readonly verbose?: boolean;
  readonly configOut?: string;
  readonly json?: boolean;
};

/**
 * The command line of the chain's own settings that these options mean, with `rest` (settings given by their own flags) after it. A setting given both
 * ways is then given twice, which its reader refuses.
 */
export function devArgv(flags: DevFlags, rest: readonly string[]): string[] {
  if (flags.state !== undefined && flags.data !== undefined)
    throw usage(
      "--state and --data exclude each other",
      "--data keeps every block in a folder; --state keeps the newest state in a file",
    );
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["--preset", flags.preset],
    ["--genesis", flags.genesis],
    ["--state", flags.state],
    ["--state-dir", flags.data],
    ["--port", flags.port],
    ["--history", flags.history],
    ["--log-rpc", flags.logRpc ?? (flags.verbose === true ? "*" : undefined)],
  ];
  return [
    ...pairs.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`])),
    ...(flags.blockTime === undefined ? [] : blockFlags(flags.blockTime)),
    ...(flags.relaxed === true ? ["--relaxed"] : []),
    ...(flags.mockSignatures === true ? ["--mock-signatures"] : []),
    ...rest,
  ];
}

function blockFlags(text: string): string[] {
  if (text === "instant" || text === "manual") return [`--mode=${text}`];
  if (!/^\d/.test(text)) throw usage(`--block-time wants a time (250ms, 12s), instant or manual, not ${quoted(text)}`);
  return ["--mode=interval", `--block-ms=${durationWord("--block-time", text)}`];
}

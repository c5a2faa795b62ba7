import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { usage } from "../chain/usage.ts";
import type { CompiledSubnet } from "../local/network/subnet-file.ts";
import { networkFlags, type ProcessKind } from "./network.ts";
import { hotkeyFileOf, type WalletFlags } from "./wallet.ts";

/** Options of `miner run` and `validator run` that are no settings of the process itself. */
export type RunFlags = WalletFlags & {
  readonly subnet?: string;
  readonly netuid?: string;
  readonly network?: string;
  /** JSON lines at a terminal too. */
  readonly json?: boolean;
  /** Of a miner. */
  readonly variant?: string;
  /** Of a validator. */
  readonly redis?: string;
};

/** What the flags are resolved with. */
export type RunPlaces = {
  readonly home: string;
  readonly localEndpoint: () => Promise<string>;
  readonly compile: (nameOrPath: string) => Promise<CompiledSubnet>;
};

/**
 * The command line of the process that these options mean. Settings in `rest`, which are given by the process's own flags, win over what an option
 * implies beside its main meaning (the address to announce on a local network, say), and contradict an option only as a flag given twice does.
 */
export async function processArgv(
  kind: ProcessKind,
  flags: RunFlags,
  rest: readonly string[],
  { home, localEndpoint, compile }: RunPlaces,
): Promise<string[]> {
  const argv: string[] = [];
  if (flags.network !== undefined) argv.push(...(await networkFlags(kind, flags.network, localEndpoint)));
  if (flags.netuid !== undefined) argv.push(`--netuid=${flags.netuid}`);
  const hotkeyFile = hotkeyFileOf(flags, home);
  if (hotkeyFile !== undefined) argv.push(`--hotkey-file=${hotkeyFile}`);
  if (flags.subnet !== undefined) argv.push(...subnetFlags(kind, await compile(flags.subnet), flags.variant));
  if (flags.variant !== undefined) argv.push(`--variant=${flags.variant}`);
  return [...argv.filter((flag) => !implied.has(nameOf(flag)) || !has(rest, nameOf(flag))), ...rest];
}

/** Flags that an option implies without being about them. */
const implied: ReadonlySet<string> = new Set(["--announce-ip", "--host", "--allow-private", "--model-folder"]);

function subnetFlags(kind: ProcessKind, compiled: CompiledSubnet, variant = "default"): string[] {
  const { definitionFile, solversFile, folder, variants } = compiled;
  if (kind === "validator") return [`--subnet-definition=${definitionFile}`];
  if (!variants.has(variant)) throw appError("E_VARIANT_UNKNOWN", { variant, known: [...variants.keys()] });
  return [`--subnet-definition=${definitionFile}`, `--solvers=${solversFile}`, `--model-folder=${folder}`];
}

function nameOf(flag: string): string {
  return flag.split("=", 1)[0] ?? flag;
}

function has(rest: readonly string[], name: string): boolean {
  return rest.some((word) => nameOf(word) === name || nameOf(word) === `--no-${name.slice(2)}`);
}

/** By setting: what is asked for, and the option that answers; several settings may come from one. */
const optionFor: Readonly<Record<string, readonly [string, string]>> = {
  chainEndpoints: ["the chain", "which chain?       --network local, finney, test or ws://HOST:PORT"],
  netuid: ["the netuid", "which netuid?      --netuid N"],
  hotkeyFile: ["the key", "which key?         --wallet NAME --hotkey NAME"],
  subnetDefinition: ["the subnet", "which subnet?      --subnet NAME or PATH"],
  solvers: ["the subnet", "which subnet?      --subnet NAME or PATH"],
};

/** What loading the configuration threw, as a person sees it who uses the options: settings that are missing are missing options, all at once. */
export function inOptions(error: unknown): unknown {
  if (!isAppError(error, "E_CONFIG_VALUE")) return error;
  const { missing } = error.data;
  const options = Array.isArray(missing) ? missing.map((key) => optionFor[String(key)]) : [];
  if (options.length === 0 || options.includes(undefined)) return error;
  const asked = new Map(options.filter((option) => option !== undefined));
  return usage(
    `not given: ${[...asked.keys()].join(", ")}`,
    ...asked.values(),
    "or the settings themselves by flag, environment or --config FILE",
  );
}

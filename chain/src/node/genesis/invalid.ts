/** How a genesis is refused. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { DispatchFailure } from "../runtime/pallet.ts";

/** Where something is in a genesis: keys and positions from the top. */
export type GenesisPath = readonly (string | number)[];

/** Longest value that an error repeats. */
const MAX_SHOWN = 80;

/** E_GENESIS_INVALID for a place in the document. Throw the result. `at` is its JSON path, `value` what stands there. */
export function genesisInvalid(of: {
  readonly path: GenesisPath;
  readonly problem: string;
  readonly value?: unknown;
  readonly fix?: string;
}): Error {
  const { path, problem, value, fix } = of;
  return appError("E_GENESIS_INVALID", {
    at: pathText(path),
    problem,
    ...(value === undefined ? {} : { value: shown(value) }),
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Runs a function of the chain for a place in the document; what the chain refuses is refused there, with the chain's own error. */
export function refusedAt<T>(path: GenesisPath, value: unknown, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof DispatchFailure)) throw cause;
    throw genesisInvalid({ path, value, problem: `the chain refuses it with ${cause.message}` });
  }
}

/** `subnets[0].neurons[3].stake`; empty for the document itself. */
function pathText(path: GenesisPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

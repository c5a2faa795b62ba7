import { usage } from "../chain/usage.ts";

/** Scheme, host and port of what `--url` was given. Throws E_USAGE with an example for what is no http address. */
export function baseUrl(text: string, example: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw usage(`--url wants an address such as ${example}`);
  return parsed.origin;
}

import { httpRpc } from "@subnetkit/chain/client/dev/http-rpc";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { DevRpc } from "@subnetkit/chain/client/dev/rpc";
import { writeOut } from "../preview/write-out.ts";
import { chainEndpoint } from "./endpoint.ts";
import type { Verb, VerbInput } from "./verb.ts";
import { chainVerbs } from "./verbs.ts";

/** Carries a verb out and prints its answer: lines for people, or one JSON document. */
export async function printVerb(
  verb: Verb,
  { words, flags, stdout }: Pick<VerbInput, "words" | "flags"> & { readonly stdout: NodeJS.WritableStream },
): Promise<void> {
  const endpoint = await chainEndpoint(typeof flags["endpoint"] === "string" ? flags["endpoint"] : undefined);
  const run = await verb.load();
  const { json, lines, exitCode } = await run({
    rpc: advised(verb, httpRpc(endpoint)),
    endpoint,
    words,
    flags,
    note: (line) => void process.stderr.write(`${line}\n`),
  });
  const text = flags["json"] === true ? JSON.stringify(json) : lines.join("\n");
  await writeOut(stdout, `${text}\n`);
  if (exitCode !== undefined) process.exitCode = exitCode;
}

/** The same client, whose refusals name the command that helps: the node speaks of dev_* methods, its user types verbs. */
function advised(verb: Verb, rpc: DevRpc): DevRpc {
  return {
    async request(method, params, timeoutMs) {
      try {
        return await rpc.request(method, params, timeoutMs);
      } catch (error) {
        if (!isAppError(error, "E_CHAIN_RPC")) throw error;
        throw appError(
          "E_CHAIN_RPC",
          { ...error.data, remedies: remediesFor(verb, error.data) },
          { cause: error.cause },
        );
      }
    },
  };
}

const UNKNOWN_METHOD = -32_601;

function remediesFor(verb: Verb, { code, message }: Readonly<Record<string, unknown>>): string[] {
  if (code === UNKNOWN_METHOD)
    return ["the node at this endpoint has no dev verbs; start one that has:   npx subnetkit chain dev"];
  const named = [...String(message).matchAll(/\bdev_\w+/g)].map(([method]) => method);
  const verbs = chainVerbs.filter(({ methods }) => methods.some((method) => named.includes(method)));
  return (verbs.length > 0 ? verbs : [verb]).map(({ name }) => `npx subnetkit chain ${name} --help`);
}

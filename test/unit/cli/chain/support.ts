import { PassThrough } from "node:stream";
import { type DevChain, type DevChainOptions, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { chainCommand } from "@subnetkit/cli/commands/chain";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { type AppError, isAppError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, concatBytes } from "@subnetkit/shared/util/bytes";
import type { Command } from "commander";

/** The command group against one chain, in this process. */
export type ChainCli = {
  readonly chain: DevChain;
  /** Runs a verb and returns what it prints on stdout. */
  text(...argv: string[]): Promise<string>;
  /** Runs a verb with `--json` and returns the document. */
  json(...argv: string[]): Promise<Record<string, unknown>>;
  /** Runs a verb that must fail with a coded error, and returns the error. */
  fails(...argv: string[]): Promise<AppError>;
  close(): Promise<void>;
};

/** Starts a chain on a free port, with the command group pointed at it. */
export async function startChainCli(options: DevChainOptions = {}): Promise<ChainCli> {
  const chain = await startDevChain({ mode: "manual", preset: "two-validators", ...options });
  const text = (...argv: string[]): Promise<string> => runChain([...argv, "--endpoint", chain.url]);
  return {
    chain,
    text,
    json: async (...argv) => JSON.parse(await text(...argv, "--json")) as Record<string, unknown>,
    async fails(...argv) {
      try {
        await text(...argv);
      } catch (error) {
        if (isAppError(error)) return error;
        throw error;
      }
      throw new Error(`${argv.join(" ")} did not fail`);
    },
    close: () => chain.close(),
  };
}

/** Runs one command line of the group; what it prints on stdout. */
export async function runChain(argv: readonly string[]): Promise<string> {
  const stdout = new PassThrough();
  let printed = "";
  stdout.setEncoding("utf8").on("data", (part: string) => {
    printed += part;
  });
  const command = chainCommand(stdout);
  quiet(command);
  await command.parseAsync([...argv], { from: "user" });
  stdout.end();
  await new Promise((resolve) => stdout.once("end", resolve));
  return printed;
}

function quiet(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const child of command.commands) quiet(child);
}

/** `System.remark` with an empty remark, immortal, nonce 0, and a signature of zeros. */
export function remarkOf(uri: string): string {
  const body = concatBytes(
    Uint8Array.of(0x84, 0),
    keypairFromUri(uri).publicKey,
    Uint8Array.of(1),
    new Uint8Array(64 + 4),
    Uint8Array.of(0, 0, 0),
  );
  // The compact length of 64 to 16,383 bytes.
  return bytesToHex(concatBytes(Uint8Array.of(((body.length << 2) | 1) & 0xff, body.length >> 6), body));
}

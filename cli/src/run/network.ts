import { guess, quoted, usage } from "../chain/usage.ts";

/** Public nodes of the networks that have a name in the field. */
const publicNodes: Readonly<Record<string, string>> = {
  finney: "wss://entrypoint-finney.opentensor.ai:443",
  test: "wss://test.finney.opentensor.ai:443",
  archive: "wss://archive.chain.opentensor.ai:443",
};

/** Which process is started; they differ in what a network on this machine asks of them. */
export type ProcessKind = "miner" | "validator";

/** Flags that a network on this machine needs, by process: it has no address that the world could reach. */
const localFlags: Readonly<Record<ProcessKind, readonly string[]>> = {
  // 0.0.0.1 stands for "this machine": the chain refuses loopback addresses.
  miner: ["--announce-ip=0.0.0.1", "--host=127.0.0.1"],
  validator: ["--allow-private"],
};

/**
 * The flags of a process that `--network` means: `local` is the network of this clone (or a node on the default port), a name is a public network,
 * and a URL itself.
 */
export async function networkFlags(
  kind: ProcessKind,
  network: string,
  localEndpoint: () => Promise<string>,
): Promise<readonly string[]> {
  if (network === "local") return [`--chain-endpoints=${await localEndpoint()}`, ...localFlags[kind]];
  if (/^wss?:\/\/./.test(network)) return [`--chain-endpoints=${network}`];
  const url = publicNodes[network];
  if (url !== undefined) return [`--chain-endpoints=${url}`];
  const names = ["local", ...Object.keys(publicNodes)];
  throw usage(`--network wants ${names.join(", ")} or a ws:// URL, not ${quoted(network)}${guess(network, names)}`);
}

import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { type AxonInfo, axonInfoOf, checkAxonAddress } from "./axon-address.ts";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { type AtBlock, readNumber, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/** What a neuron announces. `protocol` 4 means HTTP, by the field's custom; `version` is the announcer's own number. */
export type AxonAnnouncement = {
  readonly ip: string;
  readonly port: number;
  readonly version: number;
  readonly protocol: number;
};

/** Before announcing: whether it is needed, and whether the chain would take it now. */
export type ServePlan =
  | { readonly kind: "unchanged"; readonly announced: AxonInfo }
  | { readonly kind: "due"; readonly announced: AxonInfo | undefined }
  | { readonly kind: "tooSoon"; readonly blocksLeft: number; readonly announced: AxonInfo };

/** Reads the announced address of a hotkey (ss58), or undefined. */
export async function readAxon(
  client: ChainClient,
  netuid: number,
  hotkey: string,
  options: AtBlock = {},
): Promise<AxonInfo | undefined> {
  const raw = (await readStorage(client, "subtensorModule", "axons", [netuid, hotkey], options))?.toJSON() as Record<
    string,
    number | string
  > | null;
  if (raw === null || raw === undefined) return undefined;
  const number = (name: string): number => Number(raw[name] ?? 0);
  return axonInfoOf({
    block: number("block"),
    version: number("version"),
    ip: BigInt(raw["ip"] ?? 0),
    port: number("port"),
    ipType: number("ipType"),
    protocol: number("protocol"),
  });
}

/** Compares what is announced with what should be and with the serving rate limit (spec/subtensor-interface.md 2.3). Throws E_AXON_ADDRESS. */
export async function planServe(
  client: ChainClient,
  { netuid, hotkey, axon }: { readonly netuid: number; readonly hotkey: string; readonly axon: AxonAnnouncement },
): Promise<ServePlan> {
  checkAxonAddress(axon.ip, axon.port);
  const head = client.head();
  const [announced, rateLimitBlocks] = await Promise.all([
    readAxon(client, netuid, hotkey, { at: head.hash }),
    readNumber(client, "subtensorModule", "servingRateLimit", [netuid], { at: head.hash }),
  ]);
  return judgeServe({ announced, axon, rateLimitBlocks, nextBlock: head.number + 1 });
}

/** The decision of {@link planServe} from its facts. Pure. */
export function judgeServe(facts: {
  readonly announced: AxonInfo | undefined;
  readonly axon: AxonAnnouncement;
  readonly rateLimitBlocks: number;
  /** The earliest block the announcement can be in. */
  readonly nextBlock: number;
}): ServePlan {
  const { announced, axon, rateLimitBlocks, nextBlock } = facts;
  if (announced === undefined) return { kind: "due", announced };
  const same =
    announced.ip === axon.ip &&
    announced.port === axon.port &&
    announced.protocol === axon.protocol &&
    announced.version === axon.version;
  if (same) return { kind: "unchanged", announced };
  const blocksLeft = rateLimitBlocks === 0 || announced.block === 0 ? 0 : announced.block + rateLimitBlocks - nextBlock;
  return blocksLeft > 0 ? { kind: "tooSoon", blocksLeft, announced } : { kind: "due", announced };
}

/** Announces an address, signed by the hotkey; free of charge. Throws E_AXON_ADDRESS before anything is sent. */
export function serveAxon(
  client: ChainClient,
  { netuid, hotkey, axon }: { readonly netuid: number; readonly hotkey: Keypair; readonly axon: AxonAnnouncement },
  options: SubmitOptions,
): Promise<Submission> {
  const { value, ipType } = checkAxonAddress(axon.ip, axon.port);
  const call = composeCall(client, "subtensorModule", "serveAxon", [
    netuid,
    axon.version,
    value,
    axon.port,
    ipType,
    axon.protocol,
    0,
    0,
  ]);
  return submitCall(client, call, hotkey, options);
}

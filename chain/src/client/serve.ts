import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { type AxonInfo, axonInfoOf, checkAxonAddress } from "./axon-address.ts";
import { composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { certificateArgument, readFingerprints, sameFingerprint } from "./neuron-certificates.ts";
import { type AtBlock, readNumber, readStorage } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/** What a neuron announces. `protocol` 4 means HTTP, by the field's custom; `version` is the announcer's own number. */
export type AxonAnnouncement = {
  readonly ip: string;
  readonly port: number;
  readonly version: number;
  readonly protocol: number;
  /** SHA-256 of the TLS key's SubjectPublicKeyInfo, 32 bytes; absent for an axon without hotkey-bound TLS. */
  readonly fingerprint?: Uint8Array | undefined;
};

/** Before announcing: whether it is needed, and whether the chain would take it now. */
export type ServePlan =
  | { readonly kind: "unchanged"; readonly announced: AxonInfo }
  | { readonly kind: "due"; readonly announced: AxonInfo | undefined; readonly published: boolean }
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
  const [announced, fingerprints, rateLimitBlocks] = await Promise.all([
    readAxon(client, netuid, hotkey, { at: head.hash }),
    readFingerprints(client, netuid, [hotkey], { at: head.hash }),
    readNumber(client, "subtensorModule", "servingRateLimit", [netuid], { at: head.hash }),
  ]);
  const fingerprint = fingerprints.get(hotkey);
  return judgeServe({ announced, fingerprint, axon, rateLimitBlocks, nextBlock: head.number + 1 });
}

/** The decision of {@link planServe} from its facts. Pure. */
export function judgeServe(facts: {
  readonly announced: AxonInfo | undefined;
  /** The published one. */
  readonly fingerprint?: Uint8Array | undefined;
  readonly axon: AxonAnnouncement;
  readonly rateLimitBlocks: number;
  /** The earliest block the announcement can be in. */
  readonly nextBlock: number;
}): ServePlan {
  const { announced, axon, rateLimitBlocks, nextBlock } = facts;
  const due: ServePlan = { kind: "due", announced, published: facts.fingerprint !== undefined };
  if (announced === undefined) return due;
  const same =
    announced.ip === axon.ip &&
    announced.port === axon.port &&
    announced.protocol === axon.protocol &&
    announced.version === axon.version &&
    sameFingerprint(facts.fingerprint, axon.fingerprint);
  if (same) return { kind: "unchanged", announced };
  const blocksLeft = rateLimitBlocks === 0 || announced.block === 0 ? 0 : announced.block + rateLimitBlocks - nextBlock;
  return blocksLeft > 0 ? { kind: "tooSoon", blocksLeft, announced } : due;
}

/**
 * Announces an address, signed by the hotkey; free of charge. With a fingerprint by `serve_axon_tls`. Without one too where one is published
 * (`published`), which is then withdrawn: `serve_axon` would leave it standing. Throws E_AXON_ADDRESS before anything is sent.
 */
export function serveAxon(
  client: ChainClient,
  {
    netuid,
    hotkey,
    axon,
    published = false,
  }: {
    readonly netuid: number;
    readonly hotkey: Keypair;
    readonly axon: AxonAnnouncement;
    readonly published?: boolean;
  },
  options: SubmitOptions,
): Promise<Submission> {
  const { value, ipType } = checkAxonAddress(axon.ip, axon.port);
  const address = [netuid, axon.version, value, axon.port, ipType, axon.protocol, 0, 0];
  const call =
    axon.fingerprint === undefined && !published
      ? composeCall(client, "subtensorModule", "serveAxon", address)
      : composeCall(client, "subtensorModule", "serveAxonTls", [
          ...address,
          bytesToHex(certificateArgument(axon.fingerprint)),
        ]);
  return submitCall(client, call, hotkey, options);
}

import { resolve } from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { type ModelSource, promisedSha256 } from "@subnetkit/shared/subnet/model-entry";
import type { FetchOrder } from "./fetch-model.ts";

/**
 * Where a model's bytes are once it is located, and the hash that what is loaded from there must have. Only what is not fixed by one may change while the
 * miner runs.
 */
export type LocatedModel = { readonly file: string; readonly sha256?: string | undefined };

/**
 * Finds the file of a model: in the subnet's folder, where its runtime checks what it reads, or fetched and checked. IPFS goes through gateways, which are
 * not trusted: what they give must have the SHA-256 of the CID, or the one that stands beside it. Throws E_MODEL_HASH and E_MODEL_FETCH.
 */
export async function locateModel(
  source: ModelSource,
  { folder, ipfsGateways }: { readonly folder: string; readonly ipfsGateways: readonly string[] },
  fetchFile: (order: FetchOrder) => Promise<string>,
): Promise<LocatedModel> {
  const { path: model, url, ipfs } = source;
  const sha256 = promisedSha256(source);
  if (url === undefined && ipfs === undefined) return { file: resolve(folder, model), sha256 };
  if (sha256 === undefined) throw appError("E_INTERNAL", { what: "a model from elsewhere has no hash" });
  const urls = url !== undefined ? [url] : ipfsGateways.map((gateway) => new URL(`/ipfs/${ipfs}`, gateway).href);
  return { file: await fetchFile({ model, urls, sha256 }), sha256 };
}

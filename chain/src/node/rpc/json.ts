/** JSON forms of chain values, as the legacy RPC spells them. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { type Header, digestItem } from "../../spec/types.ts";
import type { Block } from "../block/block.ts";
import type { RuntimeVersion } from "../runtime/runtime.ts";

/** A header: numbers as hex without leading zeros, digest items as SCALE hex. */
export function headerJson(header: Header): Record<string, unknown> {
  return {
    parentHash: header.parent_hash,
    number: `0x${header.number.toString(16)}`,
    stateRoot: header.state_root,
    extrinsicsRoot: header.extrinsics_root,
    digest: { logs: header.digest.logs.map((item) => bytesToHex(digestItem.enc(item))) },
  };
}

/** A signed block. */
export function blockJson(block: Block): Record<string, unknown> {
  return { block: { header: headerJson(block.header), extrinsics: block.body.map(bytesToHex) }, justifications: null };
}

/** A runtime version with `apis` as pairs, the form of the legacy methods. */
export function versionJson(version: RuntimeVersion): Record<string, unknown> {
  return {
    specName: version.spec_name,
    implName: version.impl_name,
    authoringVersion: version.authoring_version,
    specVersion: version.spec_version,
    implVersion: version.impl_version,
    apis: version.apis.map(([id, number]) => [bytesToHex(id), number]),
    transactionVersion: version.transaction_version,
    systemVersion: version.system_version,
    stateVersion: version.system_version,
  };
}

/** A runtime in the form of the new interface: `apis` as an object. */
export function runtimeJson(version: RuntimeVersion): Record<string, unknown> {
  const { specName, implName, specVersion, implVersion, transactionVersion } = versionJson(version);
  const apis = Object.fromEntries(version.apis.map(([id, number]) => [bytesToHex(id), number]));
  return { type: "valid", spec: { specName, implName, specVersion, implVersion, transactionVersion, apis } };
}

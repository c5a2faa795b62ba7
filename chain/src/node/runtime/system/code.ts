/**
 * What stands under `:code`. There is no wasm: a sentence names the runtime, and its spec version is the one that holds for the next block. Clients
 * take the hash of these bytes for the runtime's identity (spec/json-rpc.md 3.4), so they change with the version and with nothing else.
 */
import { utf8 } from "@subnetkit/shared/util/bytes";

const FORM = /^\S{1,64} (\d{1,10}) \(no wasm: /;

/** The bytes of a runtime version. */
export function runtimeCode({ spec_name, spec_version }: { spec_name: string; spec_version: number }): Uint8Array {
  return utf8(`${spec_name} ${spec_version} (no wasm: the dev chain's runtime is TypeScript)`);
}

/** The spec name in code of this form. */
export function specNameOf(code: Uint8Array): string {
  return Buffer.from(code.subarray(0, code.indexOf(0x20))).toString("latin1");
}

/** Versions by the bytes themselves: they are the same object from block to block. */
const versions = new WeakMap<Uint8Array, number | undefined>();

/** The spec version that {@link runtimeCode} wrote; undefined for other bytes. */
export function specVersionOf(code: Uint8Array): number | undefined {
  if (!versions.has(code)) versions.set(code, readVersion(code));
  return versions.get(code);
}

function readVersion(code: Uint8Array): number | undefined {
  if (code.length > 256) return undefined;
  const version = Number(FORM.exec(Buffer.from(code).toString("latin1"))?.[1]);
  return Number.isInteger(version) && version <= 0xffff_ffff ? version : undefined;
}

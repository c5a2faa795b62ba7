/** The types that the real runtime (finney, spec 424) gives the results of its runtime APIs, out of its metadata. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Metadata, TypeRegistry } from "@polkadot/types";
import type { Codec } from "@polkadot/types/types";

const vector =
  process.env["SUBNETKIT_TEST_METADATA"] ??
  fileURLToPath(new URL("../../vectors/subtensor-424.scale.gz", import.meta.url));

let results: ReadonlyMap<string, (bytes: Uint8Array) => Codec> | undefined;

/** A result decoded as the real runtime's; undefined where its metadata is not here, or does not have the method. */
export function asReal(name: string, bytes: Uint8Array): Codec | undefined {
  if (!existsSync(vector)) return undefined;
  results ??= readers();
  return results.get(name)?.(bytes);
}

function readers(): ReadonlyMap<string, (bytes: Uint8Array) => Codec> {
  const file = readFileSync(vector);
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, vector.endsWith(".gz") ? new Uint8Array(gunzipSync(file)) : file);
  registry.setMetadata(metadata);
  return new Map(
    metadata.asLatest.apis.flatMap((api) =>
      api.methods.map((method) => {
        const type = registry.createLookupType(method.output);
        return [
          `${api.name.toString()}.${method.name.toString()}`,
          (bytes: Uint8Array) => registry.createType(type, bytes),
        ];
      }),
    ),
  );
}

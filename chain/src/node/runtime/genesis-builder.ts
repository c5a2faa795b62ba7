/**
 * GenesisBuilder: the genesis documents of this chain (docs/guides/dev-chain.md) as JSON. They are not the real runtime's: each runtime has its own.
 * Building is a rehearsal: it says whether a chain could begin with a document.
 */
import { utf8 } from "@subnetkit/shared/util/bytes";
import { buildStateResult } from "../../spec/runtime-apis-node.ts";
import { bytes, text } from "../../spec/scale/byte-strings.ts";
import { vec } from "../../spec/scale/sequences.ts";
import { option } from "../../spec/scale/variants.ts";
import { trap } from "./api-failure.ts";
import { apiMethod, type RuntimeApi } from "./pallet.ts";

/** Bytes of a document that is tried, as no other request is served meanwhile; the largest preset has 390,000. */
const MAX_DOCUMENT_BYTES = 1_048_576;

/** Genesis documents. */
export interface GenesisDocuments {
  readonly names: readonly string[];
  /** The document of a preset; the default one where no name is given, undefined for a name that is none. */
  document(name: string | undefined): unknown;
  /** Builds a genesis from JSON and drops it. Returns why it cannot be. */
  rehearse(json: string): string | undefined;
}

/** The API. Documents are loaded when somebody asks first: they would be a good part of a chain's start. */
export function genesisBuilderApi(load: () => Promise<GenesisDocuments>): RuntimeApi {
  let loaded: GenesisDocuments | undefined;
  const documents = (): GenesisDocuments => {
    if (loaded === undefined) throw trap("the genesis documents are not loaded");
    return loaded;
  };
  return {
    version: 1,
    load: async () => {
      loaded ??= await load();
    },
    methods: {
      build_state: apiMethod({
        args: { json: bytes },
        result: buildStateResult,
        run: (_ctx, { json }) => {
          const problem =
            json.length > MAX_DOCUMENT_BYTES
              ? `the document has ${json.length} bytes, of which ${MAX_DOCUMENT_BYTES} are tried at most: start a chain with it`
              : documents().rehearse(Buffer.from(json).toString("utf8"));
          return problem === undefined ? { type: "Ok", value: undefined } : { type: "Err", value: problem };
        },
      }),
      get_preset: apiMethod({
        args: { id: option(text) },
        result: option(bytes),
        run: (_ctx, { id }) => {
          const document = documents().document(id);
          return document === undefined ? undefined : utf8(JSON.stringify(document));
        },
      }),
      preset_names: apiMethod({ args: {}, result: vec(text), run: () => [...documents().names] }),
    },
  };
}

/** The genesis documents that GenesisBuilder shows and tries. */
import { isAppError } from "@subnetkit/shared/errors/app-error";
import type { BuilderModules } from "../block/builder.ts";
import type { NodeConfig } from "../config.ts";
import type { GenesisDocuments } from "../runtime/genesis-builder.ts";
import { startOf } from "./origin.ts";
import { PRESETS } from "./preset-names.ts";
import { presetDocument } from "./presets.ts";
import { parsedGenesis } from "./read-genesis.ts";

/** What a chain of this configuration could begin with. */
export function genesisDocuments(
  config: Pick<NodeConfig, "drand" | "drandPeriodSeconds">,
  modules: { readonly builder: BuilderModules; readonly now: () => number },
): GenesisDocuments {
  return {
    names: PRESETS,
    document(name) {
      // A document that says nothing is a localnet's.
      if (name === undefined) return {};
      const preset = PRESETS.find((one) => one === name);
      return preset === undefined ? undefined : presetDocument(preset);
    },
    rehearse(json) {
      try {
        startOf({ kind: "document", genesis: parsedGenesis(json) }, config, modules);
        return undefined;
      } catch (cause) {
        if (isAppError(cause, "E_GENESIS_INVALID")) return cause.message;
        throw cause;
      }
    },
  };
}

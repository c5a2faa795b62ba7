/** Genesis documents with a name. */
import type { PresetName } from "./preset-names.ts";
import { empty } from "./presets/empty.ts";
import { full256 } from "./presets/full-256.ts";
import { twoValidators } from "./presets/two-validators.ts";
import { checkedGenesis } from "./read-genesis.ts";
import type { Genesis, GenesisDocument } from "./schema.ts";

const documents: Readonly<Record<PresetName, () => GenesisDocument>> = {
  empty,
  "two-validators": twoValidators,
  "full-256": full256,
};

/** The document of a preset: a start for a genesis file of one's own. */
export function presetDocument(name: PresetName): GenesisDocument {
  return documents[name]();
}

/** A preset, checked. */
export function preset(name: PresetName): Genesis {
  return checkedGenesis(presetDocument(name));
}

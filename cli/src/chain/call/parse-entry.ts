/** Storage entries as people write them: `SubtensorModule.Tempo 2 20`. */
import type { AnyItem } from "@subnetkit/chain/spec/define";
import { palletSpecs } from "@subnetkit/chain/spec/pallets";
import { guess, quoted, usage } from "../usage.ts";
import { expected } from "./expected.ts";
import { plainName, spell } from "./spell.ts";

/** An entry and the value to write; undefined to remove it. */
export type ParsedEntry = {
  readonly pallet: string;
  readonly item: string;
  readonly keys: readonly unknown[];
  readonly value: unknown;
};

/** Reads an item, its keys and (unless `remove`) a value. Throws E_USAGE that says what was expected. */
export function parseEntry(words: readonly string[], remove: boolean): ParsedEntry {
  const [target = "", ...rest] = words;
  const item = findItem(target);
  const where = `${item.pallet}.${item.name}`;
  const wanted = item.keys.length + (remove ? 0 : 1);
  if (rest.length !== wanted) throw usage(`${where} takes ${wanted} words, not ${rest.length}`, form(item, remove));
  const keys = item.keys.map(({ type }, at) => spell(type, rest[at], `key ${at + 1} of ${where}`));
  const value = remove ? undefined : spell(item.value, rest.at(-1), `value of ${where}`);
  return { pallet: item.pallet, item: item.name, keys, value };
}

/** The argument of dev_setStorage that writes an entry. */
export function storageChange({ pallet, item, keys, value }: ParsedEntry): Record<string, Record<string, unknown>> {
  const written = value ?? null;
  return { [pallet]: { [item]: keys.length === 0 ? written : [[keys, written]] } };
}

function form(item: AnyItem, remove: boolean): string {
  const keys = item.keys.map(({ type }) => `<${expected(type)}>`);
  const value = remove ? "--remove" : `<${expected(item.value)}>`;
  return ["npx subnetkit chain set", `${item.pallet}.${item.name}`, ...keys, value].join(" ");
}

function findItem(target: string): AnyItem {
  const [palletText = "", itemText = "", ...more] = target.split(".");
  if (itemText === "" || more.length > 0) throw usage(`an entry is Pallet.Item, not ${quoted(target)}`);
  const pallet = palletSpecs.find(({ name }) => plainName(name) === plainName(palletText));
  const palletNames = palletSpecs.map(({ name }) => name);
  if (pallet === undefined) throw usage(`there is no pallet ${quoted(palletText)}${guess(palletText, palletNames)}`);
  const names = Object.keys(pallet.storage);
  const found = names.find((name) => plainName(name) === plainName(itemText));
  const item = found === undefined ? undefined : pallet.storage[found];
  if (item === undefined)
    throw usage(`${pallet.name} has no storage item ${quoted(itemText)}${guess(itemText, names)}`);
  return item;
}

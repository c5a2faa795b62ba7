import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { isSubnetName } from "@subnetkit/shared/subnet/identifiers";
import { guess, quoted, usage } from "../chain/usage.ts";
import { builtInSubnets } from "../local/network/subnet-file.ts";
import type { Answer } from "../validator/answer.ts";

const DEFAULT_EXAMPLE = "word-sort";

/** Something to begin from: a file, or a folder with an index.ts. */
type Example = { readonly name: string; readonly source: string; readonly isFolder: boolean };

/** Where a subnet is written, and where it came from. */
type Copy = { readonly name: string; readonly example: Example; readonly target: string; readonly shown: string };

/**
 * `subnetkit new`: copies an example to `NAME.ts` (or, of one in a folder, to `NAME/`) in `cwd`, under its own name. Throws E_SUBNET_NAME,
 * E_SUBNET_EXISTS for a file or folder that is there already, and E_USAGE for a name that is taken or an example there is none of.
 */
export function newSubnet(
  name: string,
  { from = DEFAULT_EXAMPLE }: { readonly from?: string },
  { root, cwd }: { readonly root: string; readonly cwd: string },
): Answer {
  const examples = listExamples(root);
  checkName(name, examples);
  const example = examples.find((candidate) => candidate.name === from);
  if (example === undefined) {
    const names = examples.map((candidate) => candidate.name);
    throw usage(`--from wants ${names.join(", ")}, not ${quoted(from)}${guess(from, names)}`);
  }
  const target = path.join(cwd, example.isFolder ? name : `${name}.ts`);
  const copy: Copy = { name, example, target, shown: shownPath(target, root) };
  // Of a link that leads nowhere, what it is itself.
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined)
    throw appError("E_SUBNET_EXISTS", { path: copy.shown });
  const files = example.isFolder ? copyFolder(copy, root) : copyFile(copy, root);
  return answer(copy, files, { root, cwd });
}

/** What `--from` may name: the examples, then the built-in subnets. */
export function listExamples(root: string): readonly Example[] {
  const folder = path.join(root, "subnets", "examples");
  const examples = readdirSync(folder).flatMap((entry): Example[] => {
    const source = path.join(folder, entry);
    if (entry.endsWith(".ts")) return [{ name: entry.slice(0, -3), source, isFolder: false }];
    return existsSync(path.join(source, "index.ts")) ? [{ name: entry, source, isFolder: true }] : [];
  });
  const builtIn = builtInSubnets(root).map((name) => {
    return { name, source: path.join(root, "subnets", "src", name), isFolder: true };
  });
  return [...examples.sort((a, b) => a.name.localeCompare(b.name, "en")), ...builtIn];
}

function checkName(name: string, examples: readonly Example[]): void {
  const given = name.slice(0, 80);
  if (!isSubnetName(name)) {
    const near = nearestName(given);
    const remedies = near === undefined ? {} : { remedies: [`npx subnetkit new ${near}`] };
    const causeText = "a name has 1 to 32 of the characters a-z, 0-9 and -, and begins with a letter";
    throw appError("E_SUBNET_NAME", { name: given, causeText, ...remedies });
  }
  // What a network has kept (chain, scores) is kept by the subnet's name.
  if (examples.some((example) => example.name === name))
    throw usage(`a subnet needs a name of its own, and ${name} is an example's`, `npx subnetkit new my-${name}`);
}

/** `My Subnet.ts` -> `my-subnet`; undefined when nothing of it can be kept. */
function nearestName(text: string): string | undefined {
  const near = path
    .basename(text, ".ts")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 32);
  return isSubnetName(near) ? near : undefined;
}

function copyFile(copy: Copy, root: string): string[] {
  writeFileSync(copy.target, renamed(readFileSync(copy.example.source, "utf8"), copy, root), { flag: "wx" });
  return [copy.target];
}

function copyFolder(copy: Copy, root: string): string[] {
  const { source } = copy.example;
  mkdirSync(copy.target);
  try {
    const entries = readdirSync(source, { recursive: true, encoding: "utf8" }).sort();
    return entries.flatMap((entry) => {
      const from = path.join(source, entry);
      if (!statSync(from).isFile()) return [];
      const to = path.join(copy.target, entry);
      mkdirSync(path.dirname(to), { recursive: true });
      if (entry === "index.ts") writeFileSync(to, renamed(readFileSync(from, "utf8"), copy, root));
      else if (/\.(ts|md)$/.test(entry)) writeFileSync(to, moved(readFileSync(from, "utf8"), copy, root));
      else copyFileSync(from, to);
      return [to];
    });
  } catch (error) {
    rmSync(copy.target, { recursive: true, force: true });
    throw error;
  }
}

/** The definition's text with the subnet's own name and place. */
function renamed(text: string, copy: Copy, root: string): string {
  const parts = text.split(`name: ${JSON.stringify(copy.example.name)}`);
  if (parts.length !== 2) throw appError("E_INTERNAL", { what: `the example ${copy.example.name} has no one name` });
  return moved(parts.join(`name: ${JSON.stringify(copy.name)}`), copy, root);
}

/** A text that speaks of its own path speaks of the new one. */
function moved(text: string, { example, shown }: Copy, root: string): string {
  return text.replaceAll(path.relative(root, example.source), shown);
}

/** A path as the commands below take it in the clone's folder: from there where it is inside, whole where it is not. */
function shownPath(target: string, root: string): string {
  const relative = path.relative(root, target);
  return isOutside(relative) ? target : `./${relative}`;
}

/** A path as a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isOutside(relative: string): boolean {
  return relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
}

function answer(
  { name, example, target, shown }: Copy,
  files: readonly string[],
  { root, cwd }: { readonly root: string; readonly cwd: string },
): Answer {
  const next = [
    ...(cwd === root ? [] : [`cd ${shellWord(root)}`]),
    `npx subnetkit subnet check ${shellWord(shown)}`,
    `npm start -- --subnet ${shellWord(shown)}`,
  ];
  const note = typesNote(target, root, example.isFolder);
  const [first = "", ...others] = next;
  const lines = [
    `${shown}${example.isFolder ? "/" : ""} is the subnet ${name}, made from ${example.name}`,
    ...(note === undefined ? [] : ["", ...note]),
    "",
    `next  ${first}`,
    ...others.map((line) => `      ${line}`),
  ];
  return { lines, json: { v: 1, name, from: example.name, files, next, note: note?.join(" ") ?? null } };
}

/** What is different where the file lies, compared with a file in the clone's own folder. */
function typesNote(target: string, root: string, isFolder: boolean): readonly string[] | undefined {
  const relative = path.relative(root, target);
  if (isOutside(relative))
    return [
      "It is outside of the clone. The commands below find @subnetkit/shared and zod there all the same; an editor and",
      "`npm run typecheck` do not, so nothing checks its types. Inside of the clone they are found.",
    ];
  const checked = path.dirname(relative) === "." ? !isFolder : relative.startsWith(`subnets${path.sep}`);
  return checked
    ? undefined
    : [
        "`npm run typecheck` looks at .ts files in the clone's own folder and at all of subnets/, not here; an editor does.",
      ];
}

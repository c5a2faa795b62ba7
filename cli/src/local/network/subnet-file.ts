import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import type { SolverVariant } from "@subnetkit/shared/subnet/define-solvers";
import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import { loadSubnetDefinition, loadVariants } from "@subnetkit/shared/subnet/load";
import { modelFilesOf } from "@subnetkit/shared/subnet/model-entry";
import type { Plugin } from "esbuild";
import { workspaceResolver } from "../../../../scripts/lib/workspace-resolver.mjs";
import { withSourceMaps } from "../../system/source-maps.ts";

/** Where a subnet's sources are. `solvers` equals `definition` for a subnet in one file. */
export type SubnetSource = { readonly definition: string; readonly solvers: string; readonly folder: string };

/** The compiled modules of a subnet. */
export type SubnetFiles = { readonly definitionFile: string; readonly solversFile: string };

/** A subnet ready to run: compiled modules, and what they export. `folder` is where its models are looked for. */
export type CompiledSubnet = SubnetFiles & {
  readonly folder: string;
  readonly definition: SubnetDefinition;
  readonly variants: ReadonlyMap<string, SolverVariant>;
};

/** The built-in subnets: folders of subnets/src with an index.ts. */
export function builtInSubnets(root: string): string[] {
  const folder = path.join(root, "subnets", "src");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(path.join(folder, name, "index.ts")));
}

/** The examples, by the paths that `--subnet` takes in `cwd`. */
function exampleSubnets(root: string, cwd: string): string[] {
  const folder = path.join(root, "subnets", "examples");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => entry.endsWith(".ts") || existsSync(path.join(folder, entry, "index.ts")))
    .map((entry) => (cwd === root ? `./subnets/examples/${entry}` : path.join(folder, entry)));
}

/**
 * Finds a subnet by the name of a built-in one or by the path of a file (or of a folder with an index.ts), relative to `cwd`.
 * Throws E_SUBNET_NOT_FOUND.
 */
export function findSubnet(nameOrPath: string, { root, cwd }: { root: string; cwd: string }): SubnetSource {
  const builtIn = path.join(root, "subnets", "src", nameOrPath);
  const isName = /^[\w-]+$/.test(nameOrPath);
  const candidates = [...(isName ? [builtIn] : []), path.resolve(cwd, nameOrPath)];
  for (const candidate of candidates) {
    if (!existsSync(candidate)) continue;
    if (statSync(candidate).isFile())
      return { definition: candidate, solvers: candidate, folder: path.dirname(candidate) };
    const definition = path.join(candidate, "index.ts");
    const solvers = path.join(candidate, "solve.ts");
    if (existsSync(definition))
      return { definition, solvers: existsSync(solvers) ? solvers : definition, folder: candidate };
  }
  throw appError("E_SUBNET_NOT_FOUND", {
    subnet: nameOrPath,
    known: builtInSubnets(root).join(", ") || "none",
    examples: exampleSubnets(root, cwd).join(", ") || "none",
  });
}

/** Compiles a subnet's sources and loads them: {@link bundleSubnet}, then {@link loadBundled}. */
export async function compileSubnet(
  source: SubnetSource,
  { root, buildDir }: { root: string; buildDir: string },
): Promise<CompiledSubnet> {
  return await loadBundled(await bundleSubnet(source, { root, buildDir }), source, root);
}

/**
 * Loads the compiled modules of a subnet into this process, which runs code of its author. Throws E_SUBNET_MODEL for a model file that a variant of the
 * local network names and that is not there, and the codes of a definition that is not sound.
 */
export async function loadBundled(
  { definitionFile, solversFile }: SubnetFiles,
  source: SubnetSource,
  root: string,
): Promise<CompiledSubnet> {
  const definition = await ofSource(source.definition, root, () => loadSubnetDefinition(definitionFile));
  const variants = await ofSource(source.solvers, root, () => loadVariants(solversFile, definition));
  for (const { variant, offline } of definition.local.miners) {
    if (offline) continue;
    for (const model of modelFilesOf(variants.get(variant)?.models ?? []))
      checkModel(path.join(source.folder, model), variant);
  }
  return { definitionFile, solversFile, folder: source.folder, definition, variants };
}

/** Loads a compiled file; what is wrong with it is said of the source, with the place in it where code of the subnet threw. */
async function ofSource<T>(source: string, root: string, load: () => Promise<T>): Promise<T> {
  try {
    return await withSourceMaps(load);
  } catch (error) {
    if (!isAppError(error, "E_SUBNET_LOAD") && !isAppError(error, "E_SUBNET_EXPORT")) throw error;
    const place = error.cause instanceof Error ? thrownWords(error.cause, root) : "";
    const data = { ...error.data, file: path.relative(root, source) };
    throw appError(error.code, place === "" ? data : { ...data, causeText: place }, { cause: error.cause });
  }
}

/** `TypeError: words (my-subnet.ts:12:5)`: what was thrown, and where. */
export function thrownWords(error: Error, root: string): string {
  const place = thrownAt(error);
  return `${error.name}: ${error.message}${place === undefined ? "" : ` (${path.relative(root, place)})`}`;
}

function checkModel(file: string, variant: string): void {
  if (existsSync(file) && statSync(file).size > 0) return;
  throw appError("E_SUBNET_MODEL", {
    file,
    causeText: `the solver variant ${JSON.stringify(variant)} needs it`,
    remedies: ["bring it back:      git checkout -- subnets", "or make it anew:    see the README of the subnet"],
  });
}

/** Compiles a subnet's sources into two modules under `buildDir`. Throws E_SUBNET_BUILD with esbuild's own words. */
export async function bundleSubnet(
  source: SubnetSource,
  { root, buildDir }: { root: string; buildDir: string },
): Promise<SubnetFiles> {
  const esbuild = await import("esbuild");
  try {
    const result = await esbuild.build({
      absWorkingDir: root,
      entryPoints: { definition: source.definition, solvers: source.solvers },
      // A folder as deep as the one that is written to: sources are named from there.
      outdir: path.join(buildDir, "subnet"),
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "inline",
      legalComments: "none",
      logLevel: "silent",
      write: false,
      plugins: [workspaceResolver(root), packagesFromBothSides(root)],
    });
    const hash = createHash("sha256");
    for (const { contents } of result.outputFiles) hash.update(contents);
    const name = path.basename(source.definition, path.extname(source.definition));
    const folderName = `${name === "index" ? path.basename(source.folder) : name}-${hash.digest("hex").slice(0, 12)}`;
    const folder = path.join(buildDir, folderName);
    mkdirSync(folder, { recursive: true });
    const files = {
      definitionFile: path.join(folder, "definition.mjs"),
      solversFile: path.join(folder, "solvers.mjs"),
    };
    for (const file of Object.values(files)) {
      const output = result.outputFiles.find((candidate) => path.basename(candidate.path) === path.basename(file));
      if (output !== undefined && !existsSync(file)) writeFileSync(file, output.contents);
    }
    return files;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await esbuild.formatMessages(error.errors.slice(0, 5).map(plainly), {
      kind: "error",
      color: false,
    });
    throw appError("E_SUBNET_BUILD", {
      file: path.relative(root, source.definition),
      causeText: messages.join("\n").trim(),
    });
  } finally {
    await esbuild.stop();
  }
}

/** The bundler's words for a subnet's author: nothing about its own settings, and a module by the name it is imported by. */
function plainly(message: import("esbuild").Message): import("esbuild").Message {
  const workspace = /^Cannot read file: .*\/(\w+)\/src\/(.+)\.ts$/.exec(message.text);
  const named = workspace === null ? undefined : `There is no module "@subnetkit/${workspace[1]}/${workspace[2]}"`;
  const missing = /^Could not resolve "([^."/][^"]*)"$/.exec(message.text)?.[1];
  const installed =
    missing === undefined ? [] : [{ text: `A package must be installed: npm install ${missing}`, location: null }];
  return { ...message, text: named ?? message.text, notes: installed };
}

/**
 * Leaves packages to Node, by absolute address: the compiled file lies elsewhere than its source. What the source's own folder has wins;
 * zod always comes from the clone, because the framework reads the schemas.
 */
function packagesFromBothSides(root: string): Plugin {
  const inner = Symbol("inner");
  return {
    name: "packages",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path: specifier, kind, resolveDir, pluginData, importer }) => {
        if (pluginData === inner || specifier.startsWith("node:") || importer === "" || path.isAbsolute(specifier))
          return undefined;
        const folders = specifier === "zod" || specifier.startsWith("zod/") ? [root] : [resolveDir, root];
        for (const folder of folders) {
          const found = await build.resolve(specifier, { kind, resolveDir: folder, importer, pluginData: inner });
          if (found.errors.length === 0) return { path: pathToFileURL(found.path).href, external: true };
        }
        return undefined;
      });
    },
  };
}

function isBuildFailure(error: unknown): error is { errors: import("esbuild").Message[] } {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

import ts from "typescript";

/** One source file: its path from the root of the repository, and its text. */
export type SourceFile = { readonly path: string; readonly text: string };

/** A broken rule, in words a reviewer would use. */
export type Violation = { readonly path: string; readonly rule: string; readonly detail: string };

/** What a file reaches for. `imports` are areas such as `shared/crypto/keypair`, `chain/node/main`, `npm:zod`, `node:fs`. */
type Facts = {
  readonly imports: readonly string[];
  readonly globals: ReadonlySet<string>;
  readonly topLevelCalls: ReadonlySet<string>;
};

const workspaces = ["shared", "chain", "subnets", "miner", "validator", "cli"] as const;
const modelRuntimes = /^npm:(onnxruntime|@tensorflow\/|@huggingface\/)/;
const impureGlobals = [
  "process",
  "console",
  "performance",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "Date.now",
  "Math.random",
];
const longLived =
  /^(create(Logger|Lifecycle|Server|EventSink)|start[A-Z]\w*|connect|setInterval|setTimeout|Redis|Worker|Queue|WsProvider)$/;

/** Checks one file against the arrow rules of docs/architecture.md. The whole checker is this function: tests feed it planted files. */
export function checkFile(file: SourceFile): readonly Violation[] {
  const { imports, globals, topLevelCalls } = factsOf(file);
  const area = areaOf(file.path);
  const isMain = file.path.endsWith("/main.ts");
  const found: Violation[] = [];
  const broken = (rule: string, detail: string): void => void found.push({ path: file.path, rule, detail });
  const forbid = (rule: string, forbidden: (target: string) => boolean): void => {
    for (const target of imports) if (forbidden(target)) broken(rule, `imports ${target}`);
  };

  if (within(area, "shared"))
    forbid("1: shared imports no other workspace", (target) => isOurs(target) && !within(target, "shared"));
  if (within(area, "shared/errors"))
    forbid("1: shared/errors imports nothing of ours", (target) => isOurs(target) && !within(target, "shared/errors"));
  if (within(area, "shared/util"))
    forbid(
      "1: shared/util imports shared/errors only",
      (target) => isOurs(target) && !withinAny(target, ["shared/util", "shared/errors"]),
    );
  if (within(area, "subnets")) {
    const allowed = ["subnets", "shared/subnet", "shared/scoring"];
    forbid(
      "2: subnets imports only shared/subnet, shared/scoring and npm packages",
      (target) => isOurs(target) && !withinAny(target, allowed),
    );
  }
  if (within(area, "chain/client"))
    forbid("3: chain/client and chain/node meet only in chain/spec", (target) => within(target, "chain/node"));
  if (within(area, "chain/node"))
    forbid("3: chain/client and chain/node meet only in chain/spec", (target) => within(target, "chain/client"));
  if (within(area, "chain/spec"))
    forbid("3: chain/spec knows neither of its users", (target) => withinAny(target, ["chain/client", "chain/node"]));
  if (within(area, "chain"))
    forbid("4: chain imports shared only", (target) => withinAny(target, ["subnets", "miner", "validator", "cli"]));
  if (within(area, "miner"))
    forbid("4: miner never imports chain/node, validator or cli", (target) =>
      withinAny(target, ["chain/node", "validator", "cli"]),
    );
  if (within(area, "validator")) {
    forbid("4: validator never imports chain/node, miner or cli", (target) =>
      withinAny(target, ["chain/node", "miner", "cli"]),
    );
    forbid(
      "5: validator never imports a solver nor a model runtime",
      (target) => modelRuntimes.test(target) || isSolver(target),
    );
  }
  const pure = ["shared/consensus", "shared/scoring", "shared/fixed"];
  if (withinAny(area, pure)) {
    const allowed = [...pure, "shared/errors", "shared/util"];
    forbid(
      "6: consensus, scoring and fixed are pure",
      (target) => (isOurs(target) && !withinAny(target, allowed)) || target.startsWith("node:") || waits(target),
    );
    for (const name of impureGlobals)
      if (globals.has(name)) broken("6: consensus, scoring and fixed are pure", `uses ${name}`);
  }
  if (!withinAny(area, ["shared/config", "cli/local"]) && globals.has("process.env"))
    broken("7: only shared/config reads process.env", "uses process.env");
  if (!isMain)
    for (const name of topLevelCalls)
      if (longLived.test(name))
        broken("7: only main.ts builds long-lived objects", `calls ${name} when it is imported`);
  // `runProcess` makes the lifecycle for a main.ts; only a main.ts calls it.
  if (!isMain && !within(area, "shared/lifecycle"))
    for (const name of ["createLifecycle", "runProcess"])
      if (globals.has(`${name}()`)) broken("7: only main.ts builds long-lived objects", `calls ${name}`);
  return found;
}

function factsOf({ path, text }: SourceFile): Facts {
  const source = ts.createSourceFile(
    path,
    text,
    ts.ScriptTarget.Latest,
    false,
    path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const imports: string[] = [];
  const globals = new Set<string>();
  const topLevelCalls = new Set<string>();
  const visit = (node: ts.Node, inFunction: boolean): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push(resolve(path, specifier));
    if (ts.isIdentifier(node)) globals.add(node.text);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
      globals.add(`${node.expression.text}.${node.name.text}`);
    if (
      ts.isVariableDeclaration(node) &&
      ts.isObjectBindingPattern(node.name) &&
      node.initializer !== undefined &&
      ts.isIdentifier(node.initializer)
    ) {
      for (const element of node.name.elements) {
        const name = element.propertyName ?? element.name;
        if (ts.isIdentifier(name)) globals.add(`${node.initializer.text}.${name.text}`);
      }
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression)) {
      globals.add(`${node.expression.text}()`);
      if (!inFunction) topLevelCalls.add(node.expression.text);
    }
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)));
  };
  visit(source, false);
  return { imports, globals, topLevelCalls };
}

/** The text of an import, of a re-export, of `import("...")` or of an import type. */
function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  if (!ts.isCallExpression(node) || node.arguments[0] === undefined) return undefined;
  const dynamic =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === "require");
  return dynamic ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node): string | undefined {
  return ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** The area an import leads to: relative paths from the importing file, `@subnetkit/x/y` as `x/y`, others with their kind before them. */
function resolve(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return areaOf(new URL(specifier, `file:///${from}`).pathname.slice(1));
  if (specifier.startsWith("@subnetkit/")) return areaOf(specifier.slice("@subnetkit/".length));
  return specifier.startsWith("node:") ? specifier : `npm:${specifier}`;
}

/** `chain/src/node/main.ts` -> `chain/node/main`. */
function areaOf(path: string): string {
  return path.replace(/^(\w+)\/src\//, "$1/").replace(/\.(ts|tsx|js|mjs)$/, "");
}

function isOurs(target: string): boolean {
  return withinAny(target, workspaces);
}

function within(target: string, area: string): boolean {
  return target === area || target.startsWith(`${area}/`);
}

function withinAny(target: string, areas: readonly string[]): boolean {
  return areas.some((area) => within(target, area));
}

function isSolver(target: string): boolean {
  return (
    (within(target, "subnets") && /(^|\/)(solve|solver|solvers|model)(\/|$|[-.])/.test(target)) ||
    within(target, "shared/runtime")
  );
}

/** The parts of shared/util that own a timer. */
function waits(target: string): boolean {
  return ["shared/util/delay", "shared/util/retry", "shared/util/withTimeout"].includes(target);
}

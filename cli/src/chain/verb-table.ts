import { type Verb, verbGroups } from "./verb.ts";

/** The verbs as Markdown tables, one per heading: verb, what it does, an example, the dev_* methods behind it. For docs/guides. */
export function verbTable(verbs: readonly Verb[]): string {
  return verbGroups
    .map((group) => {
      const rows = verbs.filter((verb) => verb.group === group).map(row);
      const head = ["| verb | what | example | methods |", "|---|---|---|---|"];
      return `\n### ${group.replace(":", "")}\n\n${[...head, ...rows].join("\n")}\n`;
    })
    .join("");
}

function row({ name, words = [], what, examples, methods }: Verb): string {
  const syntax = [name, ...words.map(([word]) => word)].join(" ").replaceAll("|", "\\|");
  const listed = methods.map((method) => `\`${method}\``).join(", ");
  return `| \`${syntax}\` | ${what} | \`${examples[0].replaceAll("|", "\\|")}\` | ${listed} |`;
}

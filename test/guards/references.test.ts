import { existsSync, readdirSync, readFileSync } from "node:fs";
import { references } from "@subnetkit/cli/reference/references";
import { describe, expect, it } from "vitest";

const folder = new URL("../../docs/", import.meta.url);
const regenerate = "is out of date: run `npm run docs` and commit the result";
const written = (file: string): string | undefined => {
  const url = new URL(`reference/${file}`, folder);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
};

/** Targets of the relative links of a Markdown text. */
function links(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!);
}

describe("docs", () => {
  it.each(Object.keys(references()))("reference/%s is exactly what the code renders", (file) => {
    expect(written(file) === references()[file], `docs/reference/${file} ${regenerate}`).toBe(true);
  });

  it("link only to files that exist", () => {
    const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
    expect(pages.length).toBeGreaterThan(10);
    const documents = [
      ...pages.map((page) => new URL(page, folder)),
      ...["README.md", "CONTRIBUTING.md"].map((file) => new URL(`../${file}`, folder)),
    ];
    const broken = documents.flatMap((document) =>
      links(readFileSync(document, "utf8"))
        .filter((target) => !existsSync(new URL(target, document)))
        .map((target) => `${document.pathname.slice(new URL("..", folder).pathname.length)} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

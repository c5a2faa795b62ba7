import { synapseName } from "@subnetkit/shared/subnet/axon-names";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import type { MinerDescription } from "./description.ts";
import { acceptedSchema, answeredSchema, type JsonSchema } from "./json-schema.ts";
import { tlsSentence } from "./openapi.ts";

/** The page at `/`: who answers here, what may be asked, and how; no script, one request, readable on a phone. */
export function describePage(description: MinerDescription): string {
  const { subnet, netuid, hotkey, dialects, maxRequestBytes, tls = false } = description;
  const facts: readonly (readonly [string, string])[] = [
    ["Subnet", `${subnet.name}, netuid ${netuid}, version ${subnet.version}`],
    ["Hotkey", `<code>${escaped(hotkey)}</code>`],
    ["Transport", tls ? escaped(tlsSentence) : "HTTP"],
    ["Signing", escaped(dialects.join(", "))],
    ["Longest request", `${maxRequestBytes.toLocaleString("en")} bytes`],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subnet.name)} miner</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1.25rem 0; }
dt { opacity: .7; } dd { margin: 0; min-width: 0; }
pre { border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow: auto; max-height: 20rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .25rem 0; } section { border-top: 1px solid var(--line); margin-top: 1.5rem; }
a { color: inherit; }
</style>
</head>
<body>
<h1>${escaped(subnet.name)}</h1>
<p>${escaped(subnet.description)}</p>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>
<p>This is a miner. It answers signed requests of validators of its subnet. <a href="/openapi.json">OpenAPI</a>, <a href="/v1/tasks">tasks as JSON</a>, <a href="/health">health</a>.</p>
${Object.values(subnet.tasks)
  .map((task) => taskSection(task, dialects.includes("axon")))
  .join("\n")}
</body>
</html>
`;
}

function taskSection(task: AnyTask, axon: boolean): string {
  const schema = (title: string, of: JsonSchema): string =>
    `<details><summary>${title}</summary><pre>${escaped(JSON.stringify(of, undefined, 2))}</pre></details>`;
  const { timeoutMs, maxResponseBytes } = task.limits;
  return `<section><h2>${escaped(task.id)}</h2>
<p><code>POST /v1/tasks/${escaped(task.id)}</code>${axon ? ` or <code>POST /${escaped(synapseName(task))}</code>` : ""}: within ${timeoutMs.toLocaleString("en")} ms, at most ${maxResponseBytes.toLocaleString("en")} bytes.</p>
${schema("Request", acceptedSchema(task.request))}
${schema("Response", answeredSchema(task.response))}${
  task.streaming === undefined
    ? ""
    : `\n${schema("Chunk", answeredSchema(task.streaming.chunk))}\n<p>Chunk by chunk with <code>accept: ${streamContentType}</code>; the last event, <code>trailer</code>, is signed over all others.</p>`
}</section>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

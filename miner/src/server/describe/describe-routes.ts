import type { FastifyInstance } from "fastify";
import type { MinerDescription } from "./description.ts";
import { openapiDocument } from "./openapi.ts";
import { describePage } from "./page.ts";
import { taskList } from "./task-list.ts";

/** Nothing on the page comes from elsewhere, and nothing elsewhere may frame it. */
const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

const jsonHeaders = { "content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff" };

/** `GET /`, `/v1/tasks` and `/openapi.json`: what this miner answers, for people and for tools. Made once, since it never changes. */
export function addDescribeRoutes(app: FastifyInstance, description: MinerDescription): void {
  const documents = {
    "/": { headers: pageHeaders, body: describePage(description) },
    "/v1/tasks": { headers: jsonHeaders, body: JSON.stringify(taskList(description)) },
    "/openapi.json": { headers: jsonHeaders, body: JSON.stringify(openapiDocument(description)) },
  };
  for (const [path, { headers, body }] of Object.entries(documents)) {
    app.get(path, { exposeHeadRoute: true }, (_request, reply) => reply.headers(headers).send(body));
  }
}

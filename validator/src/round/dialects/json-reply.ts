import type { ReadReply, WholeReply } from "./client-dialect.ts";

/** Reads a reply whose body is the JSON of the task's response. */
export function readJsonReply({ status, body }: WholeReply): ReadReply {
  if (status !== 200) return { kind: "refused", status };
  try {
    return { kind: "values", values: [JSON.parse(Buffer.from(body).toString("utf8")) as unknown] };
  } catch {
    return { kind: "not-json" };
  }
}

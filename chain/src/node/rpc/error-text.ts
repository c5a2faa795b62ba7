/** Module errors in words. The tables hold their names only, and the names are sentences. */
import type { DispatchError } from "../../spec/types.ts";
import { dispatchErrorJson } from "./outcome-json.ts";

/** An error by name, with its name as words under `docs`. */
export function errorWithDocs(error: DispatchError): Readonly<Record<string, unknown>> {
  const json = dispatchErrorJson(error);
  const name = json["name"] ?? json["type"];
  return { ...json, docs: typeof name === "string" ? words(name) : "" };
}

/** `NotEnoughBalanceToStake` as "Not enough balance to stake". */
export function words(name: string): string {
  const parts = name.replace(/([a-z\d])([A-Z])|([A-Z]+)([A-Z][a-z])/g, "$1$3 $2$4").split(" ");
  return parts.map((part, at) => (at === 0 || /^[A-Z]{2}/.test(part) ? part : part.toLowerCase())).join(" ");
}

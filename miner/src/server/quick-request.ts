import { IncomingMessage } from "node:http";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";

/** What nearly every request to a miner says, in lower case. Each of one text: where it comes twice, the two are joined or one is dropped, as Node knows. */
const usual = [
  "host",
  "connection",
  "content-length",
  "content-type",
  "accept",
  "accept-encoding",
  "user-agent",
  ...Object.values(btauthHeaders),
] as const;

/** The same by how they are spelled: as they are, and with capitals. */
const bySpelling = new Map(
  usual.flatMap((name) => [
    [name, name],
    [name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()), name],
  ]),
);

type AddLine = (this: IncomingMessage, field: string, value: string, headers: NodeJS.Dict<string | string[]>) => void;

/** How Node does it, which it says in no type. */
const addLine = (IncomingMessage.prototype as IncomingMessage & { readonly _addHeaderLine: AddLine })._addHeaderLine;

/**
 * A request whose usual headers are found by one look-up each. Node compares every name with those it knows and makes a new one in lower case of those that it
 * doesn't, six for btauth/1; of refusing a request it is the dearest part that is neither the kernel's nor the parser's. The headers come to the same.
 */
export class QuickRequest extends IncomingMessage {
  _addHeaderLine(field: string, value: string, headers: NodeJS.Dict<string | string[]>): void {
    const name = bySpelling.get(field);
    if (name !== undefined && headers[name] === undefined) headers[name] = value;
    else addLine.call(this, field, value, headers);
  }
}

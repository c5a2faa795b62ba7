import { readFileSync } from "node:fs";
import { appError } from "@subnetkit/shared/errors/app-error";

/** Where Redis is: one server, the master that sentinels know by a name, or a cluster. */
export type RedisAddress = {
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server; the sentinels; nodes of the cluster to begin with. At least one. */
  readonly nodes: readonly RedisNode[];
  /** What the sentinels call the master. */
  readonly name?: string;
  /** Always 0 in a cluster. */
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** The sentinels' own password, where they have one. */
  readonly sentinelPassword?: string;
  readonly tls: boolean;
  /** PEM of the authorities that may vouch for the server, instead of those that Node knows. */
  readonly ca?: string;
};

export type RedisNode = { readonly host: string; readonly port: number };

/** `redis`, with `s` for TLS, `+sentinel` or `+cluster`; then credentials, hosts, path and query. */
const shape = /^(redis)(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?@]*)@)?([^/?]*)(\/[^?]*)?(\?.*)?$/;

/**
 * Reads a Redis URL: `redis://host:port/db`, `redis+sentinel://host:port,host:port/master/db`, `redis+cluster://host:port,host:port`, each with
 * `user:password@` before the hosts, with `rediss` for TLS, whose authority may be a private one, in a file: `?caFile=`, and for sentinels with a password of
 * their own in `?sentinelPassword=`. Throws E_REDIS_URL, which never repeats the URL (it may hold a password).
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [whole, , tls, plural, login, hosts = "", path = "", query = ""] = shape.exec(url) ?? [];
  if (whole === undefined) throw refused("it is not a redis:// URL");
  const kind = plural === "sentinel" || plural === "cluster" ? plural : "single";
  const nodes = nodesOf(hosts, kind);
  const words = path.split("/").filter((word) => word !== "");
  const name = kind === "sentinel" ? words.shift() : undefined;
  if (kind === "sentinel" && name === undefined) throw refused("the master's name is missing behind the sentinels");
  const db = Number(words.shift() ?? "0");
  if (!Number.isInteger(db) || db < 0 || words.length > 0) throw refused("the database is not a number");
  if (kind === "cluster" && db !== 0) throw refused("a cluster has only database 0");
  const parameters = new URLSearchParams(query);
  const sentinelPassword = parameters.get("sentinelPassword");
  const caFile = parameters.get("caFile");
  if (caFile !== null && tls !== "s") throw refused("caFile is for rediss:// only");
  const [username = "", password = ""] = credentialsOf(login);
  return {
    kind,
    nodes,
    ...(name === undefined ? {} : { name: decode(name) }),
    db,
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    tls: tls === "s",
    ...(caFile === null ? {} : { ca: authorityOf(caFile) }),
  };
}

function authorityOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw refused("the file that its caFile names cannot be read");
  }
}

/** Where it is, for messages: never a password. */
export function describeRedis({ kind, nodes, name, db }: RedisAddress): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
  switch (kind) {
    case "single":
      return `${hosts}/${db}`;
    case "sentinel":
      return `${name ?? "?"}/${db} by sentinels ${hosts}`;
    case "cluster":
      return `cluster ${hosts}`;
  }
}

function nodesOf(hosts: string, kind: RedisAddress["kind"]): RedisNode[] {
  const parts = hosts.split(",");
  if (kind === "single" && parts.length > 1) throw refused("several hosts want redis+sentinel:// or redis+cluster://");
  return parts.map((part) => {
    // The port decides whether it is one: a made-up scheme keeps the host as it is written.
    const parsed = URL.canParse(`node://${part}`) ? new URL(`node://${part}`) : undefined;
    if (parsed === undefined && part !== "") throw refused("a host or port in it cannot be read");
    const host = parsed?.hostname.replace(/^\[|\]$/g, "") ?? "";
    const port =
      parsed === undefined || parsed.port === "" ? (kind === "sentinel" ? 26_379 : 6_379) : Number(parsed.port);
    return { host: host === "" ? "127.0.0.1" : host, port };
  });
}

function credentialsOf(login: string | undefined): string[] {
  if (login === undefined) return [];
  const colon = login.indexOf(":");
  return (colon < 0 ? [login] : [login.slice(0, colon), login.slice(colon + 1)]).map(decode);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused("a % in it is not followed by two hex digits");
  }
}

function refused(problem: string): Error {
  return appError("E_REDIS_URL", { problem });
}

import path from "node:path";
import { Command } from "commander";
import { cloneRoot } from "../system/clone-root.ts";

/** `subnetkit schema events`: the shape of `--json` lines. */
export function schemaCommand(): Command {
  const events = new Command("events")
    .description("JSON Schema of every event line of `local start --json`")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit schema events\n  npx subnetkit schema events > events.schema.json\n",
    )
    .option("--json", "accepted; the answer is JSON anyway")
    .action(async () => {
      const { eventsJsonSchema } = await import("../local/events.ts");
      process.stdout.write(`${JSON.stringify(eventsJsonSchema(), undefined, 2)}\n`);
    });
  return new Command("schema")
    .description("schemas of what this program prints")
    .addHelpText("before", "Examples:\n  npx subnetkit schema events\n  npx subnetkit schema --help\n")
    .addCommand(events);
}

/** `subnetkit config miner [flags]`: every value a process would run with, and where it comes from. */
export function configCommand(): Command {
  return new Command("config")
    .description("every configuration value of a miner or validator with its source")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit config miner --config miner.json\n  npx subnetkit config validator --json --config validator.json\n",
    )
    .argument("<process>", "miner or validator")
    .argument("[flags...]", "flags as the process itself takes them")
    .option("--json", "one JSON document on stdout")
    .allowUnknownOption()
    .action(async (process_: string, flags: string[], options: { json?: boolean }) => {
      const { describeConfig } = await import("./describe-config.ts");
      process.stdout.write(await describeConfig(process_, flags, options.json ?? false));
    });
}

/** `subnetkit redis provision`: makes sure that a Redis server can be started here; `npm test` asks before the tests. */
export function redisCommand(): Command {
  const provision = new Command("provision")
    .description("find or fetch a Redis server; start nothing")
    .addHelpText("before", "Examples:\n  npx subnetkit redis provision\n  npx subnetkit redis provision --json\n")
    .option("--json", "one JSON document on stdout")
    .action(async ({ json }: { json?: boolean }) => {
      const { provisionRedis } = await import("../local/redis/provision.ts");
      const { source, version, command, url } = await provisionRedis({
        cacheDir: path.join(cloneRoot(), ".subnetkit", "cache", "redis"),
        log: (text) => void process.stderr.write(`${text}\n`),
      });
      if (url !== undefined) {
        const { checkRedis } = await import("@subnetkit/validator/queue/redis-checks");
        const { parseRedisUrl } = await import("@subnetkit/validator/queue/redis-url");
        await checkRedis(parseRedisUrl(url));
      }
      const answer = { source, version, command };
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${version} ${source} ${command}\n`);
    });
  return new Command("redis").description("the Redis that a local network uses").addCommand(provision);
}

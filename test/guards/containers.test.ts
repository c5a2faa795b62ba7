import { existsSync, readFileSync } from "node:fs";
import { planNetwork } from "@subnetkit/cli/local/network/plan";
import { DEFAULT_PORT_BASE } from "@subnetkit/cli/local/ports";
import digits from "@subnetkit/subnets/digits/index";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

type Service = {
  readonly command?: readonly string[];
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};
const read = (file: string): unknown =>
  parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"), { merge: true });
const compose = read("docker-compose.yml") as { services: Readonly<Record<string, Service>> };
const prometheus = read("dashboards/prometheus.yml") as {
  scrape_configs: { static_configs: { targets: string[]; labels: { role: string; neuron: string } }[] }[];
};
const plan = planNetwork({ cast: digits.local.miners, portBase: DEFAULT_PORT_BASE, validators: 2 });
const online = plan.miners.filter(({ offline }) => !offline);

describe("docker-compose.yml", () => {
  it("runs every process of the default network, and the offline miner not", () => {
    const neurons = Object.keys(compose.services).filter((name) => /^(miner|validator)-/.test(name));
    expect(neurons.sort()).toEqual([...online, ...plan.validators].map(({ name }) => name).sort());
    for (const name of neurons) {
      const bundle = `dist/${name.slice(0, name.indexOf("-"))}.js`;
      expect(compose.services[name]?.command).toEqual([bundle, "--config", `.subnetkit/run/config/${name}.json`]);
    }
  });

  it("puts everything into one network namespace and opens nothing of ours to the outside", () => {
    for (const [name, service] of Object.entries(compose.services)) {
      if (name === "chain") expect(service.network_mode).toBeUndefined();
      else expect(service.network_mode, name).toBe("service:chain");
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(3000|9090):/);
    }
  });

  it("uses the ports of the plan", () => {
    const { chain, redis, prepare } = compose.services;
    expect(chain?.command).toContain(String(plan.ports.chain));
    expect(chain?.command).toContain(String(plan.ports.chainMetrics));
    expect(redis?.command).toContain(String(plan.ports.redis));
    expect(prepare?.environment?.["REDIS_URL"]).toBe(`redis://127.0.0.1:${plan.ports.redis}`);
  });

  it("mounts files that exist", () => {
    const mounted = Object.values(compose.services)
      .flatMap(({ volumes }) => volumes ?? [])
      .filter((volume) => volume.startsWith("./"));
    expect(mounted.length).toBeGreaterThan(3);
    for (const volume of mounted) {
      const source = volume.slice(0, volume.indexOf(":"));
      expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
    }
  });
});

describe("dashboards/prometheus.yml", () => {
  it("scrapes every process of the default network by its name", () => {
    const scraped = prometheus.scrape_configs[0]?.static_configs.map(({ targets, labels }) => [
      labels.neuron,
      targets[0],
    ]);
    const expected = [
      ["-", plan.ports.supervisor],
      ["-", plan.ports.chainMetrics],
      ...[...plan.validators, ...online].map(({ name, metricsPort }) => [name, metricsPort]),
    ].map(([name, port]) => [name, `127.0.0.1:${port}`]);
    expect(scraped).toEqual(expected);
  });
});

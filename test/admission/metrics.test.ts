import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Counter, exposition, Gauge, Histogram } from "#schema/metrics/prometheus.ts";
import { skippedFor } from "../support/missing.ts";
import { ask } from "../support/graphql.ts";
import { sharedStack, type SharedStack } from "../support/shared-stack.ts";

const DOCS = join(import.meta.dirname, "..", "..", "docs");

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/; every line must be one. */
function parsed(text: string): { readonly types: ReadonlyMap<string, string>; readonly samples: readonly Sample[] } {
  const types = new Map<string, string>();
  const samples = text
    .split("\n")
    .slice(0, -1)
    .flatMap((line): Sample[] => {
      const type = /^# TYPE ([a-z_:]+) (counter|gauge|histogram)$/.exec(line);
      if (type) types.set(type[1]!, type[2]!);
      if (line.startsWith("# ")) return [];
      const [, name, labelText = "", value] = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      const labels = [...labelText.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(([, key, found]) => [
        key,
        found,
      ]);
      return [{ name: name!, labels: Object.fromEntries(labels), value: Number(value) }];
    });
  return { types, samples };
}

async function scrape(url: string, token: string): Promise<ReturnType<typeof parsed> & { readonly text: string }> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  return { text, ...parsed(text) };
}

const sumOf = (samples: readonly Sample[], name: string, labels: object): number =>
  samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
    )
    .reduce((sum, { value }) => sum + value, 0);

describe("the text of metrics", () => {
  it("escapes labels, and leaves counters without labels bare", () => {
    const counter = new Counter("seen_total", "Seen.");
    counter.add({});
    counter.add({ what: 'a "quoted" \\ path\nand more' }, 2);
    expect(exposition([counter])).toBe(
      '# HELP seen_total Seen.\n# TYPE seen_total counter\nseen_total 1\nseen_total{what="a \\"quoted\\" \\\\ path\\nand more"} 2\n',
    );
  });

  it("has cumulative buckets that end with the count", () => {
    const histogram = new Histogram("wait_seconds", "Waits.");
    for (const seconds of [0.0005, 0.001, 0.3, 200]) histogram.observe({ face: "rest" }, seconds);
    const { samples } = parsed(exposition([histogram]));
    const buckets = samples.filter(({ name }) => name === "wait_seconds_bucket");
    expect(buckets.map(({ value }) => value)).toEqual(buckets.map(({ value }) => value).toSorted((a, b) => a - b));
    expect(buckets[0]).toMatchObject({ labels: { le: "0.001" }, value: 2 });
    expect(buckets.at(-1)).toMatchObject({ labels: { le: "+Inf" }, value: 4 });
    expect(samples.slice(-2).map(({ name, value }) => [name, value])).toEqual([
      ["wait_seconds_sum", 200.3015],
      ["wait_seconds_count", 4],
    ]);
  });

  it("reads gauges when it is asked for", () => {
    let now = 1;
    const gauge = new Gauge("rows", "Rows.", () => [[{}, now]]);
    now = 5;
    expect(exposition([gauge])).toContain("rows 5\n");
  });
});

describe.each(["edge", "origin"] as const)("/metrics of the %s", (side) => {
  const urlOf = ({ edgeUrl, originUrl }: SharedStack): string => (side === "edge" ? edgeUrl : originUrl);
  const backend = side === "edge" ? "WASM" : "CPU";

  it("counts what is asked: requests, images, verdicts", async () => {
    const stack = await sharedStack();
    const before = await scrape(urlOf(stack), stack.token);
    const { body } = await ask(urlOf(stack), '{ parity(images: ["1", "2"], backends: [WASM, CPU]) { verdict } }');
    expect(body).toMatchObject({ data: { parity: { verdict: "IDENTICAL" } } });
    const after = await scrape(urlOf(stack), stack.token);
    const grown = (name: string, labels: object): number =>
      sumOf(after.samples, name, labels) - sumOf(before.samples, name, labels);
    expect(grown("isobit_requests_total", { face: "graphql", status: "200" })).toBeGreaterThanOrEqual(1);
    expect(grown("isobit_request_seconds_count", { face: "graphql" })).toBeGreaterThanOrEqual(1);
    expect(grown("isobit_inferences_total", { backend, outcome: "ok" })).toBeGreaterThanOrEqual(2);
    expect(grown("isobit_verdicts_total", { verdict: "IDENTICAL" })).toBeGreaterThanOrEqual(1);
    expect(after.types.get("isobit_queue_rows")).toBe("gauge");
  });

  it("needs the token", async () => {
    const stack = await sharedStack();
    expect((await fetch(`${urlOf(stack)}/metrics`)).status).toBe(401);
    expect((await fetch(`${urlOf(stack)}/metrics`, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  });

  it("lists what docs/operations.md lists, and no other", async () => {
    const stack = await sharedStack();
    const { types } = await scrape(urlOf(stack), stack.token);
    const rows = [...readFileSync(join(DOCS, "operations.md"), "utf8").matchAll(/^\| `([a-z_]+)` +\| (\w+) +\|/gm)];
    const listed = rows.map(([, name, type]) => [name, type]);
    const here = side === "edge" ? listed.filter(([name]) => name !== "process_resident_memory_bytes") : listed;
    expect([...types].toSorted()).toEqual(here.toSorted());
  });
});

const promtool = spawnSync("promtool", ["--version"]).status === 0;

describe("promtool", skippedFor(promtool ? null : "install Debian's prometheus"), () => {
  it("accepts the metrics of the origin and the alert rules", async () => {
    const stack = await sharedStack();
    const { text } = await scrape(stack.originUrl, stack.token);
    const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
    const rules = spawnSync("promtool", ["check", "rules", join(DOCS, "operations", "alerts.yml")], {
      encoding: "utf8",
    });
    expect(rules.status, rules.stdout + rules.stderr).toBe(0);
  });
});

it("the alert rules and the dashboard use metrics that exist", async () => {
  const stack = await sharedStack();
  const { types } = await scrape(stack.originUrl, stack.token);
  for (const file of ["alerts.yml", "dashboard.json"]) {
    const used = readFileSync(join(DOCS, "operations", file), "utf8").match(/isobit_[a-z_]+|process_[a-z_]+/g) ?? [];
    expect(used.length).toBeGreaterThan(3);
    for (const name of used) expect([...types.keys(), "isobit_request_seconds_bucket"]).toContain(name);
  }
});

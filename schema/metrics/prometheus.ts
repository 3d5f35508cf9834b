/*
 * Metrics in Prometheus's text format, version 0.0.4. Both sides count, and Prometheus's own client for JavaScript needs
 * Node, which a Worker is not.
 */

type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Name (with suffix), labels and value of each sample. */
  samples(): Iterable<readonly [string, Labels, number]>;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Only goes up. */
export class Counter implements Metric {
  readonly type = "counter";
  readonly name: string;
  readonly help: string;
  readonly #values = new Map<string, [Labels, number]>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels, amount = 1): void {
    const key = JSON.stringify(labels);
    const entry = this.#values.get(key) ?? [labels, 0];
    entry[1] += amount;
    this.#values.set(key, entry);
  }

  *samples() {
    for (const [labels, value] of this.#values.values()) yield [this.name, labels, value] as const;
  }
}

/** Read when it is asked for. */
export class Gauge implements Metric {
  readonly type = "gauge";
  readonly name: string;
  readonly help: string;
  readonly #read: () => Iterable<readonly [Labels, number]>;

  constructor(name: string, help: string, read: () => Iterable<readonly [Labels, number]>) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  *samples() {
    for (const [labels, value] of this.#read()) yield [this.name, labels, value] as const;
  }
}

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

interface Observed {
  readonly labels: Labels;
  /** By bucket, the last beyond the largest bound; not cumulative. */
  readonly counts: number[];
  sum: number;
}

/** Of seconds. */
export class Histogram implements Metric {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly #observed = new Map<string, Observed>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  observe(labels: Labels, seconds: number): void {
    const key = JSON.stringify(labels);
    const entry = this.#observed.get(key) ?? { labels, counts: Array(BUCKETS.length + 1).fill(0), sum: 0 };
    const at = BUCKETS.findIndex((bound) => seconds <= bound);
    entry.counts[at === -1 ? BUCKETS.length : at]! += 1;
    entry.sum += seconds;
    this.#observed.set(key, entry);
  }

  *samples() {
    for (const { labels, counts, sum } of this.#observed.values()) {
      let total = 0;
      for (const [at, count] of counts.entries()) {
        total += count;
        yield [`${this.name}_bucket`, { ...labels, le: String(BUCKETS[at] ?? "+Inf") }, total] as const;
      }
      yield [`${this.name}_sum`, labels, sum] as const;
      yield [`${this.name}_count`, labels, total] as const;
    }
  }
}

export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .map((metric) => {
      const samples = Array.from(metric.samples(), ([name, labels, value]) => `${name}${labelText(labels)} ${value}\n`);
      return `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n${samples.join("")}`;
    })
    .join("");
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}

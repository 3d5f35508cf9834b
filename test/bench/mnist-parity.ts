import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { type LabelledImages, pixelsOf, readMnist } from "../../images/mnist.ts";
import { ask, base64 } from "../support/graphql.ts";
import { startStack } from "../support/stack.ts";

/*
 * Accuracy and parity over MNIST's test images: every served model on every available backend, through the real
 * Worker and the real origin. `npm run mnist-parity -- --help` lists the options.
 */

const HELP = `npm run mnist-parity -- [options]
  --images N          the first N of MNIST's 10,000 test images (10000)
  --models a,b        ids of served models (all)
  --backends A,B      backends (every available one)
  --url URL           the side that is asked (default: a stack is started)
  --record FILE       also write the tables as Markdown
Exit codes: 0 done; 1 a backend failed on an image; 3 a certificate was violated; 64 bad usage.
`;

const { values: options } = parseArgs({
  options: {
    images: { type: "string", default: "10000" },
    models: { type: "string" },
    backends: { type: "string" },
    url: { type: "string" },
    record: { type: "string" },
    help: { type: "boolean" },
  },
});

const IMAGES_PER_QUERY = 100;

const QUERY = `query ($inputs: [ImageInput!]!, $backends: [Backend!]!, $model: ID!) {
  parity(inputs: $inputs, backends: $backends, reference: CPU, model: $model) {
    rows { outputs { source prediction { classIndex } error { code message } } pairs { other differingElements maxAbs maxUlp } }
    certificateViolations { message modelSha256 inputSha256 input referenceBits otherBits }
  }
}`;

const ENVIRONMENT_QUERY = `{
  health { backends { backend available reason device runtime runtimeVersion optimizationLevel } }
  models { id sha256 certificate { headroomUsed anyAlgorithm tf32Safe } }
}`;

interface Row {
  readonly outputs: readonly {
    readonly source: string;
    readonly prediction: { readonly classIndex: number } | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
  readonly pairs: readonly {
    readonly other: string;
    readonly differingElements: number;
    readonly maxAbs: number | null;
    readonly maxUlp: number | null;
  }[];
}

interface Status {
  readonly backend: string;
  readonly available: boolean;
  readonly reason: string | null;
  readonly device: string | null;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly optimizationLevel: string;
}

interface Tally {
  answered: number;
  correct: number;
  identical: number;
  maxUlp: number;
  maxAbs: number;
}

type Tallies = Map<string, Tally>;

const STILL_TRYING = /still being tried/;

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stack = options.url === undefined ? await startStack() : null;
  try {
    return await measure(options.url ?? stack?.edgeUrl ?? "");
  } finally {
    await stack?.stop();
  }
}

async function measure(url: string): Promise<number> {
  const set = await readMnist("test");
  const count = Math.min(Number(options.images), set.count);
  if (!Number.isInteger(count) || count < 1)
    return refuse(`--images ${options.images}: give a whole number from 1 to ${set.count}.`);
  const { statuses, models } = await environment(url);
  const backends = statuses.filter(({ available }) => available).map(({ backend }) => backend);
  const chosen = options.backends?.split(",") ?? backends;
  const wanted = options.models?.split(",") ?? models.map(({ id }) => id);
  const unknown = [
    ...chosen.filter((each) => !statuses.some(({ backend }) => backend === each)),
    ...wanted.filter((each) => !models.some(({ id }) => id === each)),
  ];
  if (unknown.length > 0) return refuse(`Neither a backend nor a served model: ${unknown.join(", ")}.`);
  const lines = [...describeMachine(statuses), "", HEADING, DIVIDER];
  let exitCode = 0;
  for (const model of wanted) {
    const { tallies, violations, failures } = await runModel(url, model, chosen, set, count);
    lines.push(...chosen.map((backend) => tableLine(model, backend, tallies.get(backend), count)));
    for (const violation of violations) process.stderr.write(`${JSON.stringify(violation)}\n`);
    for (const failure of failures) process.stderr.write(`${failure}\n`);
    if (failures.size > 0) exitCode = Math.max(exitCode, 1);
    if (violations.length > 0) exitCode = 3;
  }
  const text = `${lines.join("\n")}\n`;
  process.stdout.write(text);
  if (options.record) await writeFile(options.record, record(text));
  return exitCode;
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 64;
}

async function environment(url: string) {
  for (;;) {
    const { body } = await ask(url, ENVIRONMENT_QUERY);
    const statuses: readonly Status[] = body.data.health.backends;
    const settled = !statuses.some(({ reason }) => reason !== null && STILL_TRYING.test(reason));
    if (settled) return { statuses, models: body.data.models as readonly { readonly id: string }[] };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function runModel(url: string, model: string, backends: readonly string[], set: LabelledImages, count: number) {
  const tallies: Tallies = new Map(
    backends.map((backend) => [backend, { answered: 0, correct: 0, identical: 0, maxUlp: 0, maxAbs: 0 }]),
  );
  const violations: unknown[] = [];
  const failures = new Set<string>();
  const bar = new SingleBar({
    format: `${model} {bar} {value}/{total} images, {eta_formatted} left`,
    noTTYOutput: false,
  });
  bar.start(count, 0);
  for (let at = 0; at < count; at += IMAGES_PER_QUERY) {
    const indices = Array.from({ length: Math.min(IMAGES_PER_QUERY, count - at) }, (_, offset) => at + offset);
    const inputs = indices.map((index) => ({ pixels: base64(pixelsOf(set, index)) }));
    const { body } = await ask(url, QUERY, { inputs, backends, model });
    if (!body.data) throw new Error(body.errors?.[0]?.message ?? "no answer");
    (body.data.parity.rows as readonly Row[]).forEach((row, offset) =>
      countRow(row, set.labels[at + offset], tallies, failures),
    );
    violations.push(...body.data.parity.certificateViolations);
    bar.update(at + indices.length);
  }
  bar.stop();
  return { tallies, violations, failures };
}

function countRow(row: Row, label: number | undefined, tallies: Tallies, failures: Set<string>): void {
  for (const { source, prediction, error } of row.outputs) {
    const tally = tallies.get(source);
    if (!tally || !prediction) {
      failures.add(`${source}: ${error?.code ?? "no answer"}: ${error?.message ?? ""}`);
      continue;
    }
    tally.answered += 1;
    if (prediction.classIndex === label) tally.correct += 1;
    if (source === "CPU") tally.identical += 1;
  }
  for (const { other, differingElements, maxUlp, maxAbs } of row.pairs) {
    const tally = tallies.get(other);
    if (!tally) continue;
    if (differingElements === 0) tally.identical += 1;
    tally.maxUlp = Math.max(tally.maxUlp, maxUlp ?? Infinity);
    tally.maxAbs = Math.max(tally.maxAbs, maxAbs ?? Infinity);
  }
}

const HEADING = "| model | backend | accuracy | IDENTICAL to CPU | max ULP | max abs difference |";
const DIVIDER = "|---|---|---|---|---|---|";

function tableLine(model: string, backend: string, tally: Tally | undefined, count: number): string {
  if (!tally || tally.answered < count)
    return `| ${model} | ${backend} | ${tally?.answered ?? 0} of ${count} answered | | | |`;
  const accuracy = `${((tally.correct / count) * 100).toFixed(2)} % (${tally.correct})`;
  if (backend === "CPU") return `| ${model} | CPU | ${accuracy} | reference | | |`;
  const identical = `${tally.identical} of ${count}`;
  return `| ${model} | ${backend} | ${accuracy} | ${identical} | ${tally.maxUlp.toLocaleString("en-US")} | ${tally.maxAbs.toExponential(2)} |`;
}

function describeMachine(statuses: readonly Status[]): string[] {
  const [cpu] = cpus();
  return [
    `Machine: ${cpu?.model ?? "?"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}.`,
    "",
    ...statuses.map(
      ({ backend, available, reason, device, runtime, runtimeVersion, optimizationLevel }) =>
        `- ${backend}: ${available ? `${runtime} ${runtimeVersion}, level ${optimizationLevel}${device ? `, ${device}` : ""}` : `not available here: ${reason}`}`,
    ),
  ];
}

function record(tables: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const args = process.argv.slice(2).filter((arg, index, all) => arg !== "--record" && all[index - 1] !== "--record");
  const command = `npm run mnist-parity${args.length > 0 ? ` -- ${args.join(" ")}` : ""}`;
  return `# Accuracy and parity over MNIST's test images\n\nDate: ${date}. Command: \`${command}\`, which starts the Worker in workerd and the origin, and asks the edge.\n\n${tables}`;
}

process.exitCode = await main();

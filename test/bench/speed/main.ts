import "#node/no-telemetry.ts";
import { writeFile } from "node:fs/promises";
import { messageOf } from "#core/errors.ts";
import type { Finding } from "./finding.ts";
import { machineText } from "./machine.ts";
import { parseOptions } from "./options.ts";
import { PARTS } from "./parts.ts";
import { partText, targetsText } from "./report.ts";
import { createWorkbench } from "./workbench.ts";

const HELP = `npm run bench -- [options]
isobit's speed next to what it is compared with, in one run, as ratios.
  --quick         a minute or two, one turn; to see that it runs, not to quote
  --full          more turns, MNIST's 60,000 training images, a real npm ci
  --only a,b      of the parts ${Object.keys(PARTS).join(", ")}
  --json FILE     every sample
  --out FILE      the report as Markdown, e.g. docs/results/2026-01-31-speed.md
Exit codes: 0 measured, whether or not every target is met; 1 something could not be measured; 64 bad usage; 130 interrupted.
`;

const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOrNull(args);
  if (!options) return 64;
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const findings: Record<string, Finding> = {};
  const text: string[] = [await machineText(args)];
  const say = (section: string): void => {
    text.push(section);
    process.stdout.write(`${section}\n\n`);
  };
  process.stdout.write(`${text[0]}\n\n`);
  const bench = createWorkbench();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void bench.close().finally(() => process.exit(EXIT_INTERRUPTED)));
  }
  let exitCode = 0;
  try {
    for (const name of options.only) {
      const part = PARTS[name]!;
      process.stderr.write(`Measuring ${name} ...\n`);
      try {
        const finding = await part.measure(bench, options.extent);
        findings[name] = finding;
        say(partText(part.title, finding));
      } catch (error) {
        exitCode = 1;
        say(`## ${part.title}\n\nNot measured: ${messageOf(error)}`);
      }
    }
  } finally {
    await bench.close();
  }
  const targets = Object.values(findings).flatMap((finding) => finding.targets);
  if (targets.length > 0) say(targetsText(targets));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(findings, null, 1)}\n`);
  if (options.out !== undefined) await writeFile(options.out, `# Speed\n\n${text.join("\n\n")}\n`);
  return exitCode;
}

function optionsOrNull(args: readonly string[]): ReturnType<typeof parseOptions> | null {
  try {
    return parseOptions(args, Object.keys(PARTS));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return null;
  }
}

process.exitCode = await main(process.argv.slice(2));

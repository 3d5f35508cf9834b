import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { NO_VULKAN } from "../support/origin.ts";
import { startStack } from "../support/stack.ts";
import ensurePageIsBuilt from "../web/built-page.ts";
import { CHROMIUM_HINT, findChromium, launchChromium } from "../web/chromium.ts";
import { draw, ONE, openPad, settled, SEVEN } from "../web/sketching.ts";

/*
 * From the end of a stroke to the first answer on the page (the edge's), and to everybody's with the verdict, in a real
 * Chromium against the real Worker and origin, warm. Taken in the page: from the pointer event's own time stamp to the
 * first frame after the answer is in the document.
 */

const { values: options } = parseArgs({
  options: {
    strokes: { type: "string", default: "30" },
    url: { type: "string" },
    /** Leaves WEBGPU out, which on a machine without a GPU is a software adapter. */
    "no-webgpu": { type: "boolean", default: false },
  },
});
const WARM_UP = 3;

interface Taken {
  readonly first: number;
  readonly all: number;
}

const strokes = Number(options.strokes);
if (!Number.isInteger(strokes) || strokes < 1) {
  process.stderr.write(`--strokes ${options.strokes}: give a whole number, 1 or more.\n`);
  process.exit(64);
}
const executablePath = findChromium();
if (!executablePath) {
  process.stderr.write(`${CHROMIUM_HINT}\n`);
  process.exit(69);
}
await ensurePageIsBuilt();
const stack = options.url === undefined ? await startStack({ env: options["no-webgpu"] ? NO_VULKAN : {} }) : null;
const browser = await launchChromium(executablePath);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await openPad(page, options.url ?? stack?.edgeUrl ?? "");
  await watch(page);
  for (let stroke = 0; stroke < WARM_UP; stroke++) await takeOne(page, stroke);
  const taken: Taken[] = [];
  for (let stroke = 0; stroke < strokes; stroke++) taken.push(await takeOne(page, stroke));
  process.stdout.write(tableOf(taken));
} finally {
  await browser.close();
  await stack?.stop();
}

/** Notes in the page when the pointer went up, and the first frames that show an answer to that, from one and from all. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times = { up: 0, request: 0, first: 0, all: 0 };
    Reflect.set(globalThis, "times", times);
    addEventListener(
      "pointerup",
      ({ timeStamp }) => Object.assign(times, { up: timeStamp, request: 0, first: 0, all: 0 }),
      { capture: true },
    );
    const look = (): void => {
      const main = document.querySelector("main");
      const part = document.querySelector<HTMLElement>(".answer-part");
      const head = document.querySelector<HTMLElement>(".answer-head");
      if (!main || !part || !head || times.up === 0) return;
      const state = main.dataset["settled"];
      if (state !== "true") return;
      if (times.first === 0 && part.dataset["answered"] === main.dataset["request"]) {
        requestAnimationFrame(() => (times.first ||= performance.now()));
      }
      if (times.all === 0 && main.dataset["running"] === "false" && head.dataset["verdict"] !== "PENDING") {
        requestAnimationFrame(() => (times.all ||= performance.now()));
      }
    };
    new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true });
  });
}

async function takeOne(page: Page, stroke: number): Promise<Taken> {
  await page.keyboard.press("Delete");
  await draw(page, stroke % 2 === 0 ? SEVEN : ONE);
  await settled(page);
  const handle = await page.waitForFunction(() => {
    const times = Reflect.get(globalThis, "times") as { up: number; first: number; all: number };
    return times.first > 0 && times.all > 0 ? { first: times.first - times.up, all: times.all - times.up } : null;
  });
  const taken = await handle.jsonValue();
  if (!taken) throw new Error("the page noted no times");
  return taken;
}

function tableOf(taken: readonly Taken[]): string {
  const line = (name: string, of: (each: Taken) => number): string => {
    const sorted = taken.map(of).toSorted((left, right) => left - right);
    const at = (share: number): string => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(0)} ms`;
    return `| ${name} | ${at(0.5)} | ${at(0.9)} | ${at(1)} |`;
  };
  return [
    `Machine: ${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node ${process.version}; ${taken.length} strokes.`,
    "",
    "| from the stroke's end to | median | 9 of 10 | slowest |",
    "|---|---|---|---|",
    line("the edge's answer", ({ first }) => first),
    line("every backend's, with the verdict", ({ all }) => all),
    "",
  ].join("\n");
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningStack, startStack } from "../support/stack.ts";
import ensurePageIsBuilt from "./built-page.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";

const STRICT_POLICY = "default-src 'self'";
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };
/** Above 0.1 a layout counts as unstable; the verdict coming in must stay far below. */
const MAX_LAYOUT_SHIFT = 0.02;
const MAX_SCRIPT_GZIP_BYTES = 150_000;

const executablePath = findChromium();
if (!executablePath) console.warn(CHROMIUM_HINT);

interface Report {
  readonly verdict: string;
  readonly startedAt: string;
  readonly pairs: readonly { readonly other: string; readonly verdict: string; readonly maxUlp: number | null }[];
  readonly rows: readonly {
    readonly image: string;
    readonly outputs: readonly { readonly source: string; readonly prediction: { readonly label: string } | null }[];
    readonly pairs: readonly {
      readonly verdict: string;
      readonly maxAbs: number | null;
      readonly maxUlp: number | null;
    }[];
  }[];
}

const REPORT = `{ parity {
  verdict startedAt pairs { other verdict maxUlp }
  rows { image outputs { source prediction { label } } pairs { verdict maxAbs maxUlp } }
} }`;

describe.skipIf(!executablePath)("the page", () => {
  let stack: RunningStack;
  let browser: Browser;
  let open: WatchedPage | undefined;

  beforeAll(async () => {
    await ensurePageIsBuilt();
    stack = await startStack();
    browser = await launchChromium(executablePath ?? "");
  });
  // For the tests that end a side; nothing happens where both run.
  beforeEach(() => Promise.all([stack.startOrigin(), stack.startEdge()]));
  afterEach(() => open?.close());
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function visit(options: { viewport?: typeof DESKTOP; colorScheme?: "light" | "dark" } = {}): Promise<Page> {
    open = await openWatched(browser, { viewport: DESKTOP, policy: STRICT_POLICY, ...options });
    await open.page.goto(stack.edgeUrl);
    await answered(open.page);
    return open.page;
  }

  async function askParity(): Promise<Report> {
    const { data } = await stack.edge().graphql<{ parity: Report }>(REPORT);
    return data.parity;
  }

  it("shows the verdict that GraphQL gives, in words", async () => {
    const page = await visit();
    const { verdict } = await askParity();
    expect(verdict).not.toBe("INCOMPLETE");
    expect(await word(page).textContent()).toBe(verdict.replaceAll("_", " "));
    expect(await page.locator(".verdict").getAttribute("data-verdict")).toBe(verdict);
  });

  it("shows every image's labels, verdict and drift with no bit rounded away", async () => {
    const page = await visit();
    const { rows } = await askParity();
    expect(rows).toHaveLength(10);
    for (const row of rows) {
      const shown = page.locator(`#image-${row.image}`);
      expect(await shown.locator(".answer strong").allTextContents()).toEqual(
        row.outputs.map(({ prediction }) => prediction?.label),
      );
      expect(await verdictsIn(shown)).toEqual(row.pairs.map(({ verdict }) => verdict));
      const exact = await shown
        .locator("data")
        .evaluateAll((all) => all.map((each) => Number(each.getAttribute("value"))));
      expect(exact).toEqual(row.pairs.map(({ maxAbs }) => maxAbs));
      for (const { maxUlp } of row.pairs) {
        expect(await shown.textContent()).toContain((maxUlp ?? 0).toLocaleString("en-US"));
      }
    }
  });

  it("shows a row for every pair and a card for every backend, with what runs it or why it cannot", async () => {
    const page = await visit();
    const { pairs } = await askParity();
    const table = page.getByRole("region", { name: "Pair by pair" });
    expect(await table.locator("tbody th").count()).toBe(pairs.length);
    expect(await verdictsIn(table)).toEqual(pairs.map(({ verdict }) => verdict));

    const { data } = await stack
      .edge()
      .graphql<{ health: { backends: Backend[] } }>(
        "{ health { backends { backend available reason executionProvider } } }",
      );
    const cards = await page.locator(".backends > li").allTextContents();
    expect(cards).toHaveLength(data.health.backends.length);
    for (const [index, { backend, available, reason, executionProvider }] of data.health.backends.entries()) {
      expect(cards[index]).toContain(backend);
      expect(cards[index]).toContain(executionProvider);
      expect(cards[index]).toContain(available ? "● available" : "○ not available");
      expect(cards[index]).toContain((reason ?? "").replaceAll("`", ""));
    }
  });

  it("loads all ten images", async () => {
    const page = await visit();
    const widths = await page.locator(".thumbnails img").evaluateAll(async (all) => {
      const images = all.filter((each) => each instanceof HTMLImageElement);
      await Promise.all(images.map((image) => image.decode()));
      return images.map((image) => image.naturalWidth);
    });
    expect(widths).toEqual(Array.from({ length: 10 }, () => 28));
  });

  it("leaves the console empty, and needs nothing beyond default-src 'self'", async () => {
    const page = await visit();
    await runAgain(page);
    expect(open?.complaints).toEqual([]);
  });

  it("runs again by keyboard alone, and keeps the focus", async () => {
    const page = await visit();
    const before = await startedAt(page);
    const button = page.getByRole("button", { name: "Run again" });
    for (let presses = 0; presses < 10 && !(await hasFocus(button)); presses += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForFunction((old) => document.querySelector("time")?.dateTime !== old, before);
    await answered(page);
    expect(await hasFocus(button)).toBe(true);
  });

  it("offers the models that are served, the default first", async () => {
    const page = await visit();
    const { data } = await stack.edge().graphql<{ models: { id: string }[] }>("{ models { id } }");
    const select = page.getByLabel("Model");
    expect(await select.locator("option").allTextContents()).toEqual(data.models.map(({ id }) => id));
    expect(await select.inputValue()).toBe(data.models[0]?.id);
  });

  it("never shows one model's verdict under another model's name", async () => {
    const page = await visit();
    const panel = page.locator("section.verdict");
    expect(await panel.getAttribute("data-verdict")).toBe("IDENTICAL");
    await page.getByLabel("Model").selectOption("digits");
    expect(["PENDING", "DRIFT"]).toContain(await panel.getAttribute("data-verdict"));
    await page.waitForSelector('section.verdict[data-verdict="DRIFT"]');
    await page.getByLabel("Model").selectOption("digits-exact");
    expect(["PENDING", "IDENTICAL"]).toContain(await panel.getAttribute("data-verdict"));
    await page.waitForSelector('section.verdict[data-verdict="IDENTICAL"]');
  });

  it.each(["light", "dark"] as const)("keeps its layout while the answer comes in (%s)", async (colorScheme) => {
    open = await openWatched(browser, { viewport: DESKTOP, policy: STRICT_POLICY, colorScheme });
    const { page } = open;
    await page.addInitScript(() => {
      let total = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) total += Number(Reflect.get(entry, "value"));
        document.documentElement.dataset["shift"] = String(total);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(stack.edgeUrl);
    await answered(page);
    const shift = await page.evaluate(() => Number(document.documentElement.dataset["shift"] ?? 0));
    expect(shift).toBeLessThan(MAX_LAYOUT_SHIFT);
  });

  it("fits a phone without scrolling sideways, and its tables scroll by keyboard", async () => {
    const page = await visit({ viewport: PHONE });
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
    const table = page.getByRole("region", { name: "Pair by pair" });
    await table.focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((region) => (region?.scrollLeft ?? 0) > 0, await table.elementHandle());
  });

  it("keeps the scripts of its first view under the budget", async () => {
    const page = await visit();
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => new URL(name).pathname)
        .filter((path) => path.endsWith(".js")),
    );
    const folder = join(import.meta.dirname, "..", "..", "dist", "web");
    const sizes = await Promise.all(loaded.map(async (path) => gzipSync(await readFile(join(folder, path))).length));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(MAX_SCRIPT_GZIP_BYTES);
  });

  it("says INCOMPLETE and why while the origin is gone, and recovers when it is back", async () => {
    const page = await visit();
    const before = await word(page).textContent();
    await stack.killOrigin();
    await runAgain(page);
    expect(await word(page).textContent()).toBe("INCOMPLETE");
    const banner = page.getByRole("alert");
    expect(await banner.textContent()).toContain("ORIGIN_UNREACHABLE");
    expect(await banner.textContent()).toContain("CPU, 10 of 10 images");
    expect(await banner.textContent()).toContain("npm run origin");
    expect(await page.locator("#image-7 .answer strong").allTextContents()).toEqual(["7"]);
    expect(await page.locator("#image-7 .fault").allTextContents()).toEqual(["ORIGIN_UNREACHABLE"]);

    await stack.startOrigin();
    await runAgain(page);
    expect(await word(page).textContent()).toBe(before);
    expect(await banner.count()).toBe(0);
  });

  it("claims nothing while the edge itself is gone, says what to do, and recovers when it is back", async () => {
    const page = await visit();
    const before = await word(page).textContent();
    await stack.stopEdge();
    await runAgain(page);
    expect(await word(page).textContent()).toBe("NO ANSWER");
    const banner = page.getByRole("alert");
    expect(await banner.textContent()).toContain("EDGE_UNREACHABLE");
    expect(await banner.textContent()).toContain("npm start");
    expect(await page.locator(".badge").count()).toBe(0);

    await stack.startEdge();
    await runAgain(page);
    expect(await word(page).textContent()).toBe(before);
    expect(await banner.count()).toBe(0);
  });
});

interface Backend {
  readonly backend: string;
  readonly available: boolean;
  readonly reason: string | null;
  readonly executionProvider: string;
}

const word = (page: Page): Locator => page.locator(".verdict .word");

/** Waits until no query is on its way and the backends are listed. */
async function answered(page: Page): Promise<void> {
  await page.waitForSelector('main[data-running="false"] .backends > li[data-available]', { state: "attached" });
}

/** Presses the button and waits for the run to begin and end; it may do both between two looks from outside. */
async function runAgain(page: Page): Promise<void> {
  const ended = page.evaluate(() => {
    const main = document.querySelector("main");
    if (!main) throw new Error("the page has no main");
    const { promise, resolve } = Promise.withResolvers<void>();
    let begun = false;
    new MutationObserver(() => {
      if (main.dataset["running"] === "true") begun = true;
      else if (begun) resolve();
    }).observe(main, { attributes: true });
    return promise;
  });
  await page.getByRole("button", { name: "Run again" }).click();
  await ended;
}

const startedAt = (page: Page): Promise<string | null> => page.locator("time").getAttribute("datetime");

const hasFocus = (element: Locator): Promise<boolean> => element.evaluate((each) => each === document.activeElement);

function verdictsIn(place: Locator): Promise<(string | null)[]> {
  return place.locator(".badge").evaluateAll((all) => all.map((badge) => badge.getAttribute("data-verdict")));
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { answered, describeInBrowser } from "./browser-suite.ts";

const PHONE = { width: 360, height: 780 };
const MAX_SCRIPT_GZIP_BYTES = 150_000;

describeInBrowser("the page", { policy: "default-src 'self'" }, (suite) => {
  async function visit(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await suite.visit("", options);
    await answered(page);
    return page;
  }

  it("shows the same verdict as GraphQL", async () => {
    const page = await visit();
    const { data } = await suite.stack.edge().graphql<{ parity: { verdict: string } }>("{ parity { verdict } }");
    const { verdict } = data.parity;
    expect(verdict).not.toBe("INCOMPLETE");
    expect(await word(page).textContent()).toBe(verdict.replaceAll("_", " "));
    expect(await page.locator(".verdict").getAttribute("data-verdict")).toBe(verdict);
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
    expect(suite.complaints).toEqual([]);
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
    const { data } = await suite.stack.edge().graphql<{ models: { id: string }[] }>("{ models { id } }");
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

  it("shows INCOMPLETE and why while the origin is gone, and recovers when it is back", async () => {
    const page = await visit();
    const before = await word(page).textContent();
    await suite.stack.killOrigin();
    await runAgain(page);
    expect(await word(page).textContent()).toBe("INCOMPLETE");
    const banner = page.getByRole("alert");
    expect(await banner.textContent()).toContain("ORIGIN_UNREACHABLE");
    expect(await banner.textContent()).toContain("CPU, 10 of 10 images");
    expect(await banner.textContent()).toContain("isobit start");
    expect(await page.locator("#image-7 .answer strong").allTextContents()).toEqual(["7"]);
    expect(await page.locator("#image-7 .fault").allTextContents()).toEqual(["ORIGIN_UNREACHABLE"]);

    await suite.stack.startOrigin();
    await runAgain(page);
    expect(await word(page).textContent()).toBe(before);
    expect(await banner.count()).toBe(0);
  });

  it("has no result while the edge is gone, gives advice, and recovers when it is back", async () => {
    const page = await visit();
    const before = await word(page).textContent();
    await suite.stack.stopEdge();
    await runAgain(page);
    expect(await word(page).textContent()).toBe("NO RESULT");
    const banner = page.getByRole("alert");
    expect(await banner.textContent()).toContain("EDGE_UNREACHABLE");
    expect(await banner.textContent()).toContain("isobit start");
    expect(await page.locator(".badge").count()).toBe(0);

    await suite.stack.startEdge();
    await runAgain(page);
    expect(await word(page).textContent()).toBe(before);
    expect(await banner.count()).toBe(0);
  });
});

const word = (page: Page): Locator => page.locator(".verdict .word");

/** Presses the button and waits until the run has started and ended, observed inside the page so that no change is missed. */
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

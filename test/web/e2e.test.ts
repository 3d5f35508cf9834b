import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningStack, startStack } from "../support/stack.ts";
import ensurePageIsBuilt from "./built-page.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";
import { draw, labelShown, marksOn, openPad, settled, SEVEN } from "./sketching.ts";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:";
const EVERYWHERE = ["WASM", "CPU", "BROWSER_WASM", "BROWSER_WEBGPU"];

const executablePath = findChromium();
if (!executablePath) console.warn(CHROMIUM_HINT);

/** One person's visit from the first stroke on: each test goes on where the last one ended. */
describe.skipIf(!executablePath)("a visit, with this browser taking part on WebAssembly and on WebGPU", () => {
  let stack: RunningStack;
  let browser: Browser;
  let open: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    await ensurePageIsBuilt();
    stack = await startStack();
    browser = await launchChromium(executablePath ?? "", { webgpu: true });
    open = await openWatched(browser, { viewport: { width: 1280, height: 1000 }, policy: POLICY });
    page = open.page;
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it("reads a drawn 7 as 7 everywhere, with the same bits", async () => {
    await openPad(page, stack.edgeUrl);
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    for (const source of ["BROWSER_WASM", "BROWSER_WEBGPU"]) {
      await page.waitForSelector(`[data-source="${source}"][data-state="ready"]`);
    }
    // The button stands far below the pad.
    await page.locator(".pad canvas").scrollIntoViewIfNeeded();
    await draw(page, SEVEN);
    await settled(page);
    expect(await labelShown(page)).toBe("7");
    expect(await page.locator(".answer-head").getAttribute("data-verdict")).toBe("IDENTICAL");
    const likeliest = await likeliestByColumn(page);
    expect([...likeliest.keys()]).toEqual(expect.arrayContaining(EVERYWHERE));
    expect(new Set(likeliest.values())).toEqual(new Set(["7"]));
  });

  it("undoes the stroke and draws it again", async () => {
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await marksOn(page)).toBe("0");
    await page.getByRole("button", { name: "Redo" }).click();
    await settled(page);
    expect(await labelShown(page)).toBe("7");
  });

  it("goes on while the origin is gone: the edge and the browser still answer, and nothing is claimed", async () => {
    await stack.killOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('.answer-head[data-verdict="INCOMPLETE"]');
    await settled(page);
    expect(await page.getByRole("alert").textContent()).toContain("ORIGIN_UNREACHABLE");
    const likeliest = await likeliestByColumn(page);
    for (const source of ["WASM", "BROWSER_WASM", "BROWSER_WEBGPU"]) expect(likeliest.get(source)).toBe("7");
    expect(likeliest.get("CPU")).toBeUndefined();
  });

  it("has every answer again when the origin is back", async () => {
    await stack.startOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('.answer-head[data-verdict="IDENTICAL"]');
    expect((await likeliestByColumn(page)).get("CPU")).toBe("7");
  });

  it("finds the sketch in the history after a reload, with the browser's answers among the others", async () => {
    await page.evaluate(() => void (location.hash = "#/history"));
    await page.waitForSelector(".history > li");
    await page.reload();
    await page.waitForSelector(".history > li");
    const entry = await page.locator(".history > li").first().textContent();
    expect(entry).toContain("7");
    expect(entry).toContain("BROWSER_WASM");
  });

  it("shows the browser's rows among the ten digits without being asked again", async () => {
    await page.evaluate(() => void (location.hash = "#/"));
    const pair = page.getByRole("region", { name: "Pair by pair" }).locator("tbody tr", { hasText: /^BROWSER_WASM / });
    await pair.waitFor();
    expect(await pair.locator(".badge").getAttribute("data-verdict")).toBe("IDENTICAL");
  });

  it("left nothing in the console but the origin's absence", () => {
    expect(open.complaints).toEqual([]);
  });
});

/** The likeliest label by column of the table of probabilities, without columns that have none. */
async function likeliestByColumn(page: Page): Promise<Map<string, string>> {
  const entries = await page.locator("table.probabilities").evaluate((table) => {
    const sources = [...table.querySelectorAll("thead th")].slice(1).map((each) => each.textContent ?? "");
    const rows = [...table.querySelectorAll("tbody tr")];
    return sources.flatMap((source, column) => {
      const row = rows.find((each) => each.querySelectorAll("td")[column]?.dataset["likeliest"] === "true");
      return row ? [[source, row.querySelector("th")?.textContent ?? ""] as const] : [];
    });
  });
  return new Map(entries);
}

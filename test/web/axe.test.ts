import { readFile } from "node:fs/promises";
import type axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningStack, startStack } from "../support/stack.ts";
import ensurePageIsBuilt from "./built-page.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";
import { draw, openPad, settled, SEVEN } from "./sketching.ts";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:";
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 780 };

/** Every view as it is when its answer is there. */
const VIEWS: Readonly<Record<string, { readonly address: string; readonly ready: string }>> = {
  digits: { address: "#/", ready: 'section.verdict[data-verdict="IDENTICAL"]' },
  "digits, a pair's logits": {
    address: "#/?image=7&a=CPU&b=WASM&model=digits",
    ready: 'section.verdict[data-verdict="DRIFT"]',
  },
  draw: { address: "#/draw", ready: "main[data-question] .controls option[value='digits-exact']" },
  trace: { address: "#/trace?image=7&a=CPU&b=WASM&model=digits", ready: 'main.trace[aria-busy="false"] table' },
  models: { address: "#/models", ready: 'main.models[aria-busy="false"] h2' },
  history: { address: "#/history", ready: 'main[aria-busy="false"] .history > li' },
};
const SPARE_STOPS = 10;
/** axe looks at every element of seven views; CI's two cores are shared with the other suites. */
const AXE_PATIENCE_MS = 180_000;

const executablePath = findChromium();
if (!executablePath) console.warn(CHROMIUM_HINT);

describe.skipIf(!executablePath)("every view", () => {
  let stack: RunningStack;
  let browser: Browser;
  let open: WatchedPage | undefined;
  let axeSource: string;

  beforeAll(async () => {
    await ensurePageIsBuilt();
    axeSource = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
    stack = await startStack();
    browser = await launchChromium(executablePath ?? "");
  });
  afterEach(() => open?.close());
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  /** A page with a sketch in its history. */
  async function visit(options: { viewport: typeof DESKTOP; colorScheme?: "light" | "dark" }): Promise<Page> {
    open = await openWatched(browser, { policy: POLICY, reducedMotion: "reduce", ...options });
    const { page } = open;
    await openPad(page, stack.edgeUrl);
    await draw(page, SEVEN);
    await settled(page);
    return page;
  }

  async function show(page: Page, view: string): Promise<void> {
    const { address, ready } = VIEWS[view]!;
    const before = await page.title();
    await page.evaluate((hash) => void (location.hash = hash), address);
    await page.waitForFunction((title) => document.title !== title, before);
    await page.waitForSelector(ready, { state: "attached" });
  }

  it.each([
    ["light", "desktop", DESKTOP],
    ["dark", "desktop", DESKTOP],
    ["light", "phone", PHONE],
    ["dark", "phone", PHONE],
  ] as const)(
    "has nothing that axe objects to (%s, %s)",
    async (colorScheme, _, viewport) => {
      const page = await visit({ viewport, colorScheme });
      await page.getByRole("button", { name: "Run in this browser too" }).click();
      await page.waitForSelector('[data-source="BROWSER_WASM"][data-state="ready"]');
      const objections: string[] = [];
      for (const view of ["drawn", ...Object.keys(VIEWS)]) {
        if (view !== "drawn") await show(page, view);
        objections.push(...(await objectionsTo(page, axeSource)).map((each) => `${view}: ${each}`));
      }
      expect(objections).toEqual([]);
    },
    AXE_PATIENCE_MS,
  );

  it("is reached by Tab in every part, each with its focus to be seen", async () => {
    const page = await visit({ viewport: DESKTOP });
    for (const view of Object.keys(VIEWS)) {
      await show(page, view);
      const missed = await walk(page);
      expect(missed, view).toEqual([]);
    }
  });

  it("has a title of its own, and leaves the console empty", async () => {
    const page = await visit({ viewport: DESKTOP });
    const titles = new Set<string>();
    for (const view of Object.keys(VIEWS)) {
      await show(page, view);
      titles.add(await page.title());
    }
    expect(titles.size).toBe(Object.keys(VIEWS).length);
    expect(open?.complaints).toEqual([]);
  });
});

async function objectionsTo(page: Page, source: string): Promise<string[]> {
  await page.evaluate(source);
  const violations = await page.evaluate(async () => {
    const checker = Reflect.get(globalThis, "axe") as typeof axe;
    const found = await checker.run(document, { resultTypes: ["violations"], preload: false });
    return found.violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target }) => target.join(" ")) }));
  });
  return violations.map(({ id, at }) => `${id} at ${at.slice(0, 3).join(", ")}`);
}

/** Presses Tab until the focus is back at the start. @returns what it never reached, or reached unseen */
async function walk(page: Page): Promise<string[]> {
  const count = await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scrollTo(0, 0);
    const wanted = [
      ...document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']"),
    ].filter((each) => each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }));
    for (const element of wanted) element.dataset["wanted"] = "";
    document.addEventListener("focusin", ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      const { outlineStyle, boxShadow } = getComputedStyle(target);
      if (outlineStyle !== "none" || boxShadow !== "none") delete target.dataset["wanted"];
    });
    return wanted.length;
  });
  expect(count).toBeGreaterThan(5);
  // The walk begins wherever the focus last was and leaves the page once; what still loads may add a stop or two.
  for (let presses = 0; presses < count + SPARE_STOPS; presses += 1) await page.keyboard.press("Tab");
  return page.evaluate(() =>
    [...document.querySelectorAll("[data-wanted]")].map((each) => `${each.tagName} ${each.textContent?.trim()}`),
  );
}

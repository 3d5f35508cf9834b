import { readFile } from "node:fs/promises";
import type axe from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { describeInBrowser, DESKTOP, goTo, PHONE } from "./browser-suite.ts";
import { draw, openPad, settled, SEVEN } from "./sketching.ts";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:";

interface View {
  readonly address: string;
  /** Present once the view is loaded. */
  readonly ready: string;
}

const VIEWS: Readonly<Record<string, View>> = {
  digits: { address: "#/", ready: 'section.verdict[data-verdict="IDENTICAL"]' },
  "digits, a pair's logits": {
    address: "#/?image=7&a=CPU&b=WASM&model=digits",
    ready: 'section.verdict[data-verdict="DRIFT"]',
  },
  draw: { address: "#/draw", ready: "main[data-request] .controls option[value='digits-exact']" },
  sweep: { address: "#/sweep", ready: "#sweep-WASM:enabled" },
  trace: {
    address: "#/trace?image=7&a=CPU&b=WASM&model=digits",
    ready: 'main.trace[aria-busy="false"] table tr[data-cause]',
  },
  "trace, a missing sketch": { address: "#/trace?sketch=gone", ready: 'section.verdict[data-verdict="FAILED"]' },
  models: { address: "#/models", ready: ".columns > li:nth-child(2) .badge" },
  history: { address: "#/history", ready: 'main[aria-busy="false"] .history > li' },
};
const SPARE_STOPS = 10;
/** axe checks every element of every view; CI's two cores are shared with the other suites. */
const AXE_PATIENCE_MS = 180_000;
/** A layout with more than 0.1 counts as unstable; an arriving result must stay far below. */
const MAX_LAYOUT_SHIFT = 0.02;

/** Rules whose result depends on sizes and colours; all others depend on the document, which is the same in every mode. */
const RULES_OF_LOOKS = [
  "avoid-inline-spacing",
  "color-contrast",
  "css-orientation-lock",
  "link-in-text-block",
  "scrollable-region-focusable",
  "target-size",
];

describeInBrowser("every view", { policy: POLICY }, (suite) => {
  let axeSource: string;
  beforeAll(async () => {
    axeSource = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  });

  /** A page with a sketch in its history. */
  async function visit(options: BrowserContextOptions): Promise<Page> {
    const page = await suite.open({ reducedMotion: "reduce", ...options });
    await openPad(page, suite.stack.edgeUrl);
    await draw(page, SEVEN);
    await settled(page);
    return page;
  }

  async function show(page: Page, { address, ready }: View): Promise<void> {
    const before = await page.title();
    await goTo(page, address);
    await page.waitForFunction((title) => document.title !== title, before);
    await page.waitForSelector(ready, { state: "attached" });
  }

  it(
    "has no axe violations, light and dark, on a desktop and on a phone, and leaves the console empty",
    async () => {
      const page = await visit({});
      await page.getByRole("button", { name: "Run in this browser too" }).click();
      await page.waitForSelector('[data-source="BROWSER_WASM"][data-state="ready"]');
      await page.evaluate(axeSource);
      const objections = await objectionsInEveryMode(page, "draw, drawn");
      for (const [name, view] of Object.entries(VIEWS)) {
        await show(page, view);
        objections.push(...(await objectionsInEveryMode(page, name)));
      }
      expect(objections).toEqual([]);
      expect(suite.complaints).toEqual([]);
    },
    AXE_PATIENCE_MS,
  );

  it("can be reached completely by Tab, with a visible focus", async () => {
    const page = await visit({});
    for (const [name, view] of Object.entries(VIEWS)) {
      await show(page, view);
      expect(await walk(page), name).toEqual([]);
    }
  });

  it.each([
    ["desktop", DESKTOP],
    ["phone", PHONE],
  ] as const)(
    "opens by its own address without layout shifts or console messages, under its own title (%s)",
    async (_, viewport) => {
      const page = await visit({ viewport });
      await page.addInitScript(addUpLayoutShifts);
      const titles: string[] = [];
      for (const [name, { address, ready }] of Object.entries(VIEWS)) {
        // Another document: a change after the # alone would not load anything.
        await page.goto("about:blank");
        await page.goto(`${suite.stack.edgeUrl}/${address}`);
        await page.waitForSelector(ready, { state: "attached" });
        expect(await layoutShift(page), name).toBeLessThan(MAX_LAYOUT_SHIFT);
        titles.push(await page.title());
      }
      expect(new Set(titles).size).toBe(titles.length);
      for (const title of titles) expect(title).toMatch(/ · isobit$/);
      expect(suite.complaints).toEqual([]);
    },
  );

  it("opens an image's logits on a phone without a layout shift, although the report and the scroll share a frame", async () => {
    const page = await suite.open({ viewport: PHONE, reducedMotion: "reduce" });
    await page.addInitScript(addUpLayoutShifts);
    await page.addInitScript(scrollWithReport);
    await page.goto(`${suite.stack.edgeUrl}/${VIEWS["digits, a pair's logits"]!.address}`);
    await page.waitForSelector(VIEWS["digits, a pair's logits"]!.ready, { state: "attached" });
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(PHONE.height);
    expect(await layoutShift(page)).toBeLessThan(MAX_LAYOUT_SHIFT);
  });

  it("lets keyboard users skip the header, and never loses the focus", async () => {
    const page = await suite.visit("#/");
    await page.waitForSelector(VIEWS["digits"]!.ready);
    const before = page.url();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to the content");
    expect(await page.getByRole("link", { name: "Skip to the content" }).isVisible()).toBe(true);
    await page.keyboard.press("Enter");
    expect(page.url()).toBe(before);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");

    await show(page, VIEWS["digits, a pair's logits"]!);
    await page.getByRole("link", { name: "Find the layer where they" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(VIEWS["trace"]!.ready);
    expect(await page.evaluate(() => [document.activeElement?.className, scrollY])).toEqual(["trace", 0]);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SELECT");

    await show(page, VIEWS["digits"]!);
    await page.locator(".tolerance summary").click();
    const ulp = page.getByLabel("or ULP at most");
    await ulp.fill("3");
    await ulp.press("Enter");
    await page.waitForFunction(() => location.hash.includes("ulp=3"));
    expect(await ulp.evaluate((each) => each === document.activeElement)).toBe(true);
  });
});

/** Runs before the page's own scripts. */
function addUpLayoutShifts(): void {
  let total = 0;
  const add = (entries: PerformanceEntryList): void => {
    for (const entry of entries) total += Number(Reflect.get(entry, "value"));
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  Object.assign(globalThis, {
    layoutShiftSoFar: () => {
      add(observer.takeRecords());
      return total;
    },
  });
}

/**
 * Scrolls to the logits before the report is painted, as the page itself does on a busy machine: React then runs the effect
 * that focuses their heading early.
 */
function scrollWithReport(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('section.verdict[data-verdict="DRIFT"]')) return;
    observer.disconnect();
    document.querySelector<HTMLElement>("section.logits h2")?.focus();
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

/** Measured after the next paint. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return (Reflect.get(globalThis, "layoutShiftSoFar") as () => number)();
  });
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent?.trim());
}

/** Also reports a view that is wider than its window. */
async function objectionsInEveryMode(page: Page, view: string): Promise<string[]> {
  const objections: string[] = [];
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const rules = viewport === DESKTOP && colorScheme === "light" ? null : RULES_OF_LOOKS;
      const found = await objectionsTo(page, rules);
      objections.push(...found.map((each) => `${view}, ${size}, ${colorScheme}: ${each}`));
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > viewport.width) objections.push(`${view}, ${size}: ${width} pixels wide`);
  }
  await page.setViewportSize(DESKTOP);
  return objections;
}

async function objectionsTo(page: Page, rules: readonly string[] | null): Promise<string[]> {
  const violations = await page.evaluate(async (only) => {
    const checker = Reflect.get(globalThis, "axe") as typeof axe;
    const found = await checker.run(document, {
      resultTypes: ["violations"],
      preload: false,
      ...(only && { runOnly: [...only] }),
    });
    return found.violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target }) => target.join(" ")) }));
  }, rules);
  return violations.map(({ id, at }) => `${id} at ${at.slice(0, 3).join(", ")}`);
}

/** Presses Tab until the focus is back at the start. @returns the elements that were not reached, or had no visible focus */
async function walk(page: Page): Promise<string[]> {
  const count = await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scrollTo(0, 0);
    const wanted = [
      ...document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']"),
    ]
      .filter((each) => each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }))
      // The other choices of a group are reached by arrow keys, and disabled elements not at all.
      .filter((each) => !each.matches(":disabled, input[type='radio']:not(:checked)"));
    for (const element of wanted) element.dataset["wanted"] = "";
    document.addEventListener("focusin", ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      const { outlineStyle, boxShadow } = getComputedStyle(target);
      if (outlineStyle !== "none" || boxShadow !== "none") delete target.dataset["wanted"];
    });
    return wanted.length;
  });
  expect(count).toBeGreaterThan(5);
  // The walk starts at the last focus and leaves the page once; elements that are still loading may add stops.
  for (let presses = 0; presses < count + SPARE_STOPS; presses += 1) await page.keyboard.press("Tab");
  return page.evaluate(() =>
    [...document.querySelectorAll("[data-wanted]")].map((each) => `${each.tagName} ${each.textContent?.trim()}`),
  );
}

import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { answered, describeInBrowser, goTo, PHONE } from "./browser-suite.ts";
import { draw, labelShown, marksOn, onPad, openPad, settled, SEVEN } from "./sketching.ts";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:";
const EVERYWHERE = ["WASM", "CPU", "BROWSER_WASM", "BROWSER_WEBGPU"];
const VISIT = { policy: POLICY, browserWebgpu: true, oneVisit: true };

/** One visit from the first stroke on: each test continues where the last one ended. */
describeInBrowser("a visit, with this browser running WebAssembly and WebGPU", VISIT, (suite) => {
  let page: Page;

  it("reads a drawn 7 as 7 on every source, with the same bits", async () => {
    page = await suite.open({ viewport: { width: 1280, height: 1000 } });
    await openPad(page, suite.stack.edgeUrl);
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    for (const source of ["BROWSER_WASM", "BROWSER_WEBGPU"]) {
      await page.waitForSelector(`[data-source="${source}"][data-state="ready"]`);
    }
    // The button is far below the pad.
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

  it("continues while the origin is down: the edge and the browser still have results, without a verdict", async () => {
    await suite.stack.killOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('.answer-head[data-verdict="INCOMPLETE"]');
    await settled(page);
    expect(await labelShown(page)).toBe("7");
    const told = await page.getByRole("alert").textContent();
    expect(told).toContain("ORIGIN_UNREACHABLE");
    expect(told).toContain("isobit start");
    const likeliest = await likeliestByColumn(page);
    for (const source of ["WASM", "BROWSER_WASM", "BROWSER_WEBGPU"]) expect(likeliest.get(source)).toBe("7");
    expect(likeliest.get("CPU")).toBeUndefined();
  });

  it("has every result again when the origin is back", async () => {
    await suite.stack.startOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('.answer-head[data-verdict="IDENTICAL"]');
    expect((await likeliestByColumn(page)).get("CPU")).toBe("7");
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("finds the sketch in the history after a reload, with the browser's results among the others", async () => {
    await goTo(page, "#/history");
    await page.waitForSelector(".history > li");
    await page.reload();
    await page.waitForSelector(".history > li");
    const entry = await page.locator(".history > li").first().textContent();
    expect(entry).toContain("7");
    expect(entry).toContain("BROWSER_WASM");
  });

  it("shows the browser's rows among the ten digits without another click", async () => {
    await goTo(page, "#/");
    await answered(page);
    for (const source of ["BROWSER_WASM", "BROWSER_WEBGPU"]) {
      const pair = page
        .getByRole("region", { name: "Pair by pair" })
        .locator("tbody tr", { hasText: new RegExp(`^${source} `) });
      await pair.waitFor();
      expect(await pair.locator(".badge").getAttribute("data-verdict")).toBe("IDENTICAL");
    }
    expect(await page.locator("section.verdict").getAttribute("data-verdict")).toBe("IDENTICAL");
  });

  it("names the software that computes WebGPU here, and never calls it a GPU", async () => {
    const panel = await page.locator(".browser-runtime").textContent();
    expect(panel).toContain("SwiftShader (software adapter)");
    expect(panel).not.toContain("hardware GPU");
  });

  it("takes an image that is pasted and one that is dropped, and reads them everywhere", async () => {
    await goTo(page, "#/draw");
    for (const [way, digit] of [
      ["paste", "3"],
      ["drop", "5"],
    ] as const) {
      await page.waitForSelector(".pad canvas[data-marks='0']");
      await bringImage(page, way, digit);
      await page.waitForSelector(".pad canvas[data-marks='1']");
      await settled(page);
      expect(await labelShown(page)).toBe(digit);
      const likeliest = await likeliestByColumn(page);
      for (const source of EVERYWHERE) expect(likeliest.get(source), source).toBe(digit);
      await page.getByRole("button", { name: "Clear" }).click();
    }
  });

  it("leaves the console empty", () => {
    expect(suite.complaints).toEqual([]);
  });

  it("draws under a finger without scrolling the page", async () => {
    page = await suite.open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await openPad(page, suite.stack.edgeUrl);
    const session = await page.context().newCDPSession(page);
    const places = await onPad(page, SEVEN);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: [number, number]) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [{ x: at[0], y: at[1] }] : [] });
    await touch("touchStart", places[0]);
    for (const place of places.slice(1)) await touch("touchMove", place);
    await touch("touchEnd");
    await settled(page);
    expect([await marksOn(page), await labelShown(page)]).toEqual(["1", "7"]);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
    expect(suite.complaints).toEqual([]);
  });
});

/** Pastes or drops one of the built-in images. */
async function bringImage(page: Page, way: "paste" | "drop", digit: string): Promise<void> {
  await page.evaluate(
    async ([kind, name]) => {
      const bytes = await (await fetch(`/images/${name}.png`)).blob();
      const data = new DataTransfer();
      data.items.add(new File([bytes], "digit.png", { type: "image/png" }));
      const event =
        kind === "paste"
          ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
          : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector(".pad canvas")?.dispatchEvent(event);
    },
    [way, digit],
  );
}

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

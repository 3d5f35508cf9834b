import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser } from "./browser-suite.ts";
import { draw, labelShown, marksOn, ONE, openPad, previewLevels, sentSketches, settled, SEVEN } from "./sketching.ts";

const POLICY = "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'";
const VIEWPORT = { width: 1280, height: 1000 };
/** A layout with more than 0.1 counts as unstable. */
const MAX_LAYOUT_SHIFT = 0.02;

describeInBrowser("drawing", { policy: POLICY, originWebgpu: true }, (suite) => {
  async function visit(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await suite.open({ viewport: VIEWPORT, ...options });
    await openPad(page, suite.stack.edgeUrl);
    return page;
  }

  it("keeps its layout from stroke to stroke", async () => {
    const page = await suite.open({ viewport: VIEWPORT });
    await page.addInitScript(() => {
      let total = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) total += Number(Reflect.get(entry, "value"));
        document.documentElement.dataset["shift"] = String(total);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await openPad(page, suite.stack.edgeUrl);
    await draw(page, ONE);
    await settled(page);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await draw(page, [
      [0.4, 0.25],
      [0.52, 0.18],
    ]);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
    await settled(page);
    const shift = await page.evaluate(() => Number(document.documentElement.dataset["shift"] ?? 0));
    expect(shift).toBeLessThan(MAX_LAYOUT_SHIFT);
  });

  it("reads a drawn 7 as 7 on every backend, with equal bits, and leaves the console empty", async () => {
    const page = await visit();
    await draw(page, SEVEN);
    await settled(page);
    expect(await labelShown(page)).toBe("7");
    expect(await page.locator(".answer-head").getAttribute("data-verdict")).toBe("IDENTICAL");
    const { data } = await suite.stack
      .edge()
      .graphql<{ health: { backends: { backend: string; available: boolean }[] } }>(
        "{ health { backends { backend available } } }",
      );
    const rows = page.locator(".sketch-pairs tbody").first().locator("tr");
    const answers = await rows.evaluateAll((all) =>
      all.map((row) => [row.querySelector("th")?.textContent, row.querySelector("strong")?.textContent]),
    );
    const available = data.health.backends.filter((each) => each.available).map(({ backend }) => [backend, "7"]);
    expect(answers.toSorted()).toEqual(available.toSorted());
    expect(suite.complaints).toEqual([]);
  });

  it("shows exactly the pixels that it sends, first to the edge and then to all backends", async () => {
    const page = await visit();
    const sent = sentSketches(page);
    await draw(page, SEVEN);
    await settled(page);
    const last = sent.slice(-2);
    expect(last.map(({ operation }) => operation)).toEqual(["PredictSketch", "CompareSketch"]);
    const shown = await previewLevels(page);
    expect(shown.some((level) => level > 0)).toBe(true);
    for (const { pixels } of last) expect(pixels).toEqual(shown);
  });

  it("sends the same pixels from every screen", async () => {
    const levels: number[][] = [];
    for (const deviceScaleFactor of [1, 2, 3]) {
      const page = await visit({ deviceScaleFactor });
      await draw(page, SEVEN);
      await settled(page);
      levels.push(await previewLevels(page));
      const side = await page.locator(".pad canvas").evaluate((canvas) => canvas.getAttribute("width"));
      const shown = await page.locator(".pad canvas").evaluate((canvas) => canvas.getBoundingClientRect().width);
      expect(Number(side)).toBe(Math.round(shown * deviceScaleFactor));
    }
    expect(levels[1]).toEqual(levels[0]);
    expect(levels[2]).toEqual(levels[0]);
  });

  it("undoes, redoes and clears by keyboard, and runs the remaining drawing again", async () => {
    const page = await visit();
    await draw(page, ONE);
    await settled(page);
    const one = await previewLevels(page);
    expect(await labelShown(page)).toBe("1");
    await draw(page, [
      [0.2, 0.2],
      [0.8, 0.8],
    ]);
    await settled(page);
    expect(await previewLevels(page)).not.toEqual(one);
    await page.keyboard.press("Control+z");
    await settled(page);
    expect([await marksOn(page), await labelShown(page)]).toEqual(["1", "1"]);
    expect(await previewLevels(page)).toEqual(one);
    await page.keyboard.press("Control+Shift+z");
    expect(await marksOn(page)).toBe("2");
    await page.keyboard.press("Delete");
    expect([await marksOn(page), await labelShown(page)]).toEqual(["0", ""]);
    expect((await previewLevels(page)).every((level) => level === 0)).toBe(true);
    await page.keyboard.press("Control+z");
    expect(await marksOn(page)).toBe("2");
  });

  it("draws with the arrow keys alone", async () => {
    const page = await visit();
    await page.locator(".pad canvas").focus();
    for (let step = 0; step < 9; step++) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Space");
    for (let step = 0; step < 18; step++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await settled(page);
    expect([await marksOn(page), await labelShown(page)]).toEqual(["1", "1"]);
  });

  it("erases, with a brush of the chosen size", async () => {
    const page = await visit();
    await draw(page, ONE);
    const inked = await inkOnPad(page);
    await page.keyboard.press("e");
    await draw(page, ONE.slice(0, 2));
    expect(await inkOnPad(page)).toBeLessThan(inked * 0.7);
    for (let press = 0; press < 10; press++) await page.keyboard.press("]");
    expect(await page.getByLabel("Brush").inputValue()).toBe("48");
    await draw(page, ONE);
    expect(await inkOnPad(page)).toBe(0);
    expect(await labelShown(page)).toBe("");
  });

  it("reads an image from a file, and reports what is wrong with an unreadable file", async () => {
    const page = await visit();
    const input = page.locator("input[type='file']");
    await input.setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("not an image") });
    expect(await page.locator(".refused").textContent()).toContain("This browser cannot read that file as an image.");
    await input.setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.alloc(0) });
    await page.locator(".refused", { hasText: "This file is empty." }).waitFor();
    const buffer = await readFile(join(import.meta.dirname, "..", "..", "images", "5.png"));
    await input.setInputFiles({ name: "5.png", mimeType: "image/png", buffer });
    await settled(page);
    expect(await labelShown(page)).toBe("5");
    expect(await page.locator(".refused").count()).toBe(0);
  });

  it("cancels the request in flight when there is a newer one", async () => {
    const page = await visit();
    const dropped: string[] = [];
    page.on("requestfailed", (request) => dropped.push(request.failure()?.errorText ?? ""));
    let held = 0;
    await page.route("**/graphql", async (route) => {
      // The first comparison never completes.
      const { operationName } = route.request().postDataJSON() as { operationName: string };
      if (operationName === "CompareSketch" && held++ === 0) return;
      await route.fallback();
    });
    await draw(page, ONE);
    await page.waitForFunction(() => document.querySelector<HTMLElement>(".answer-label")?.dataset["label"] === "1");
    await expect.poll(() => held, { timeout: 30_000 }).toBeGreaterThan(0);
    await page.keyboard.press("Delete");
    await draw(page, SEVEN);
    await settled(page);
    expect(await labelShown(page)).toBe("7");
    expect(dropped).toContain("net::ERR_ABORTED");
  });

  it("changes the model in the address, and shows that float bits differ", async () => {
    const page = await visit();
    await draw(page, SEVEN);
    await settled(page);
    await page.getByLabel("Model", { exact: true }).selectOption("digits");
    await page.waitForSelector(".answer-head[data-verdict='DRIFT']");
    expect(page.url()).toContain("#/draw?model=digits");
    expect(await page.locator(".answer-sentence").textContent()).toMatch(/differs from CPU in \d+ logits by at most/);
    await page.locator(".sketch-bits summary").click();
    expect(await page.locator(".sketch-bits [data-differs='true']").count()).toBeGreaterThan(0);
  });

  it("lists a backend as not available as soon as a result says so, and as available when it answers again", async () => {
    const page = await visit();
    const listed = (backend: string, available: boolean) =>
      page.locator(`.backends > li[data-available="${available}"]`, { hasText: backend }).first().waitFor();
    await draw(page, SEVEN);
    await settled(page);
    await listed("CPU", true);
    await listed("WEBGPU", true);
    await suite.stack.killOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await listed("CPU", false);
    await listed("WEBGPU", false);
    await suite.stack.startOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await listed("CPU", true);
    await suite.stack.killEdge();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText("The list of backends could not be loaded.").waitFor();
    await suite.stack.startEdge();
    await page.getByRole("button", { name: "Run again" }).click();
    await listed("WASM", true);
  });

  it("shows loudly that this browser's own row violates a certificate, until it no longer does", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await page.waitForSelector('[data-source="BROWSER_WASM"][data-state="ready"]');
    // No browser here violates a certificate, so all the sides' responses are changed in transit, in the same way.
    await page.route("**/graphql", async (route) => {
      const { operationName } = route.request().postDataJSON() as { operationName: string };
      if (operationName !== "CompareSketch") return route.fallback();
      const response = await route.fetch();
      const answer = await response.json();
      for (const { prediction } of answer.data.parity.rows[0].outputs) {
        const bytes = Buffer.from(prediction.logits.bits, "base64");
        bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
        prediction.logits.bits = bytes.toString("base64");
      }
      await route.fulfill({ response, json: answer });
    });
    await page.locator(".pad canvas").scrollIntoViewIfNeeded();
    await draw(page, SEVEN);
    const alarm = page.locator('.answer-part .banner [data-alarm="true"]');
    await alarm.waitFor();
    expect(await alarm.textContent()).toContain("CERTIFICATE_VIOLATED");
    expect(await alarm.textContent()).toContain("on CPU and BROWSER_WASM");
    expect(await page.locator(".answer-verdict").textContent()).toContain("CERTIFICATE VIOLATED");
    const row = page.locator(".sketch-pairs tbody tr", { has: page.getByRole("rowheader", { name: "BROWSER_WASM" }) });
    expect(await row.first().textContent()).toContain("CERTIFICATE VIOLATED");
    const [loud, verdict] = await page.evaluate(() =>
      ['.answer-part [data-alarm="true"]', ".pad"].map(
        (place) => getComputedStyle(document.querySelector(place)!).backgroundColor,
      ),
    );
    expect(loud).not.toBe(verdict);
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector(".answer-head[data-verdict='IDENTICAL'][data-broken='false']");
    expect(await alarm.count()).toBe(0);
  });
});

/** How much of the pad's canvas has ink, as the sum of its alpha. */
async function inkOnPad(page: Page): Promise<number> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return page.locator(".pad canvas").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("the pad is not a canvas");
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
    if (!data) throw new Error("the pad has no 2D context");
    return data.reduce((sum, level, at) => (at % 4 === 3 ? sum + level : sum), 0);
  });
}

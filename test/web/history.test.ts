import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import type { Download, Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser } from "./browser-suite.ts";
import { draw, ONE, openPad, previewLevels, sentSketches, settled, SEVEN } from "./sketching.ts";

const VIEWPORT = { width: 1280, height: 1000 };

describeInBrowser("the history", { policy: "default-src 'self' 'wasm-unsafe-eval'" }, (suite) => {
  async function visit(): Promise<Page> {
    const page = await suite.open({ viewport: VIEWPORT });
    await openPad(page, suite.stack.edgeUrl);
    return page;
  }

  /** Draws a 1 and a 7 as two sketches, and opens the history. @returns the grey levels of the second */
  async function drawTwo(page: Page): Promise<number[]> {
    await draw(page, ONE);
    await settled(page);
    await page.keyboard.press("Delete");
    await draw(page, SEVEN);
    await settled(page);
    const levels = await previewLevels(page);
    await openHistory(page, 2);
    return levels;
  }

  async function openHistory(page: Page, count: number): Promise<void> {
    await page.getByRole("link", { name: "History", exact: true }).click();
    await page.waitForFunction((wanted) => document.querySelectorAll(".kept").length === wanted, count);
  }

  it("keeps each sketch once, the newest first, across a reload, with the model's input", async () => {
    const page = await visit();
    await draw(page, ONE);
    await settled(page);
    // Another stroke of the same sketch: still one entry, with the last result.
    await draw(page, [
      [0.4, 0.25],
      [0.52, 0.18],
    ]);
    await settled(page);
    await openHistory(page, 1);
    await page.getByRole("link", { name: "Draw", exact: true }).click();
    await page.waitForSelector(".pad canvas[data-marks='2']");
    await page.locator(".pad canvas").focus();
    await page.keyboard.press("Delete");
    await draw(page, SEVEN);
    await settled(page);
    const levels = await previewLevels(page);
    await openHistory(page, 2);
    await page.reload();
    await page.waitForSelector(".kept");
    expect(await labels(page)).toEqual(["7", "1"]);
    const kept = await page
      .locator(".kept canvas")
      .first()
      .evaluate((canvas) => {
        if (!(canvas instanceof HTMLCanvasElement)) throw new Error("the thumbnail is no canvas");
        const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return Array.from(data).filter((_, at) => at % 4 === 0);
      });
    expect(kept).toEqual(levels);
    expect(suite.complaints).toEqual([]);
  });

  it("deletes one or all, and restores them", async () => {
    const page = await visit();
    await drawTwo(page);
    await page.locator(".kept[data-label='7'] button", { hasText: "Delete" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".kept").length === 1);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".kept").length === 2);
    expect(await labels(page)).toEqual(["7", "1"]);
    await page.getByRole("button", { name: "Delete all" }).click();
    await page.waitForSelector("text=There are no sketches yet");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".kept").length === 2);
    await page.reload();
    await page.waitForSelector(".kept");
    expect(await labels(page)).toEqual(["7", "1"]);
  });

  it("moves the focus to the next sketch when one is deleted, and to a restored one", async () => {
    const page = await visit();
    await drawTwo(page);
    const focusedLabel = () =>
      page.evaluate(() => [
        document.activeElement?.closest<HTMLElement>(".kept")?.dataset["label"],
        document.activeElement?.textContent?.split(":")[0],
      ]);
    await page.locator(".kept[data-label='7'] .delete").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".kept").length === 1);
    expect(await focusedLabel()).toEqual(["1", "Delete"]);
    await page.getByRole("button", { name: "Undo" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".kept").length === 2);
    expect(await focusedLabel()).toEqual(["7", "Delete"]);
  });

  it("traces a sketch with exactly the saved bytes, and says if it is not saved", async () => {
    const page = await visit();
    const levels = await drawTwo(page);
    const sent: number[][] = [];
    page.on("request", (request) => {
      if (!request.url().endsWith("/graphql")) return;
      const { operationName, variables } = request.postDataJSON() as {
        operationName: string;
        variables: { input?: { pixels?: string } };
      };
      if (operationName === "Trace") sent.push([...Buffer.from(variables.input?.pixels ?? "", "base64")]);
    });
    await page.locator(".kept[data-label='7']").getByRole("link", { name: "Trace" }).click();
    await page.waitForSelector('main.trace section.verdict[data-verdict="IDENTICAL"]');
    expect(sent.length).toBeGreaterThan(0);
    for (const pixels of sent) expect(pixels).toEqual(levels);
    expect(await page.title()).toContain("your sketch: CPU and WASM");
    expect(await page.getByLabel("Image", { exact: true }).locator("option:checked").textContent()).toBe(
      "your sketch (7)",
    );
    await page.getByLabel("Model", { exact: true }).selectOption("digits");
    await page.waitForSelector('main.trace section.verdict[data-verdict="DRIFT"]');
    expect(sent.at(-1)).toEqual(levels);

    const asked = sent.length;
    await page.evaluate(() => void (location.hash = "#/trace?sketch=gone"));
    await page.getByText("NO SKETCH", { exact: true }).waitFor();
    expect(await page.locator(".verdict .sentence").textContent()).toContain("deleted, or drawn in another browser");
    expect(sent.length).toBe(asked);
    await page.getByLabel("Image", { exact: true }).selectOption("3");
    await page.waitForSelector('main.trace section.verdict[data-verdict="IDENTICAL"]');
    expect(new URL(page.url()).hash).toBe("#/trace?image=3");
    expect(suite.complaints).toEqual([]);
  });

  it("runs a sketch again with exactly the same bytes, and says that the results have the same bits", async () => {
    const page = await visit();
    const levels = await drawTwo(page);
    const sent = sentSketches(page);
    await page.locator(".kept[data-label='7'] button", { hasText: "Run again" }).click();
    await page.waitForFunction(() => document.querySelector(".kept .said")?.textContent?.includes("same bits"));
    expect(await page.locator(".kept .said").first().textContent()).toBe(
      "Run again: the same bits as before on 2 backends.",
    );
    expect(sent.length).toBeGreaterThan(0);
    for (const { pixels } of sent) expect(pixels).toEqual(levels);
  });

  it("exports CSV and JSON with every result and its bits", async () => {
    const page = await visit();
    const levels = await drawTwo(page);
    const csv = parse(await saved(page, "Export CSV"), { columns: true }) as Record<string, string>[];
    expect(csv.map(({ source, label }) => `${source} ${label}`).toSorted()).toEqual([
      "CPU 1",
      "CPU 7",
      "WASM 1",
      "WASM 7",
    ]);
    const json = JSON.parse(await saved(page, "Export JSON")) as {
      sketches: { label: string; pixels: string; verdict: string; rows: { source: string; logitBits: string[] }[] }[];
    };
    const [seven] = json.sketches;
    expect(seven).toMatchObject({ label: "7", verdict: "IDENTICAL" });
    expect([...Buffer.from(seven?.pixels ?? "", "base64")]).toEqual(levels);
    const { data } = await suite.stack
      .edge()
      .graphql<{ rawLogits: { bits: string } }>(
        `query ($pixels: Bytes!) { rawLogits(input: { pixels: $pixels }, model: "digits-exact") { bits } }`,
        { pixels: seven?.pixels },
      );
    const bytes = Buffer.from(data.rawLogits.bits, "base64");
    const expected = Array.from({ length: 10 }, (_, at) =>
      bytes
        .readUInt32LE(4 * at)
        .toString(16)
        .padStart(8, "0"),
    );
    for (const { logitBits } of seven?.rows ?? []) expect(logitBits).toEqual(expected);
    expect(csv.find(({ label, source }) => label === "7" && source === "WASM")?.["logit_bits"]).toBe(
      expected.join(" "),
    );
  });

  it("keeps the last 100", async () => {
    const page = await visit();
    await drawTwo(page);
    await page.evaluate(async () => {
      const answerTo = <Result>(request: IDBRequest<Result>): Promise<Result> =>
        new Promise((resolve, reject) => {
          request.addEventListener("success", () => resolve(request.result));
          request.addEventListener("error", () => reject(request.error ?? new Error("no reason")));
        });
      const database = await answerTo(indexedDB.open("isobit"));
      const store = database.transaction("sketches", "readwrite").objectStore("sketches");
      const [known] = await answerTo<Record<string, unknown>[]>(store.getAll());
      for (let number = 0; number < 98; number++) store.put({ ...known, id: `older ${number}`, createdAt: number + 1 });
      await new Promise((resolve) => store.transaction.addEventListener("complete", resolve));
      database.close();
    });
    await page.getByRole("link", { name: "Draw", exact: true }).click();
    await page.locator(".pad canvas").focus();
    await page.keyboard.press("Delete");
    await draw(page, ONE);
    await settled(page);
    await openHistory(page, 100);
    expect(await page.locator(".kept").first().getAttribute("data-label")).toBe("1");
    expect(await page.locator(".kept[data-id='older 0']").count()).toBe(0);
    expect(await page.locator(".kept[data-id='older 1']").count()).toBe(1);
  });

  it("offers the trace of a sketch only once it is saved", async () => {
    const page = await visit();
    await draw(page, ONE);
    await settled(page);
    const link = page.locator(".trace-sketch a");
    expect(await link.count()).toBe(1);
    await page.keyboard.press("Delete");
    // A slow disk: the next write waits for this transaction.
    await page.evaluate(async () => {
      const opening = indexedDB.open("isobit");
      await new Promise((resolve) => opening.addEventListener("success", resolve));
      const store = opening.result.transaction("sketches", "readwrite").objectStore("sketches");
      let busy = true;
      const goOn = (): void => {
        if (busy) store.count().addEventListener("success", goOn);
      };
      goOn();
      Object.assign(globalThis, { diskIsFree: () => (busy = false) });
    });
    await draw(page, SEVEN);
    await page.waitForSelector("main[data-settled='true'][data-running='false'] .answer-label[data-label='7']");
    expect(await link.count()).toBe(0);
    await page.evaluate(() => (Reflect.get(globalThis, "diskIsFree") as () => void)());
    await settled(page);
    expect(await link.count()).toBe(1);
  });

  it.each([
    ["blocked", "SecurityError", "Allow it for this address"],
    ["full", "QuotaExceededError", "storage is full"],
  ])("reports that the browser's storage is %s, and still shows the results", async (_, name, words) => {
    const page = await suite.open({ viewport: VIEWPORT });
    await page.addInitScript((error) => {
      // As in a private window or on a full disk.
      const refuse = (): never => {
        throw new DOMException("refused", error);
      };
      if (error === "SecurityError") IDBFactory.prototype.open = refuse;
      else IDBObjectStore.prototype.put = refuse;
    }, name);
    await openPad(page, suite.stack.edgeUrl);
    await draw(page, SEVEN);
    await settled(page);
    await page.waitForSelector(".not-kept");
    expect(await page.locator(".not-kept").textContent()).toContain(words);
    expect(await page.locator(".answer-label").getAttribute("data-label")).toBe("7");
    await page.getByRole("link", { name: "History", exact: true }).click();
    if (name === "SecurityError") {
      await page.waitForSelector(".history-failed");
      expect(await page.locator(".history-failed").textContent()).toContain(words);
    } else {
      await page.waitForSelector("text=There are no sketches yet");
    }
  });
});

function labels(page: Page): Promise<(string | null)[]> {
  return page.locator(".kept").evaluateAll((all) => all.map((each) => each.getAttribute("data-label")));
}

async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download") as Promise<Download>,
    page.getByRole("button", { name: button }).click(),
  ]);
  return await readFile(await download.path(), "utf8");
}

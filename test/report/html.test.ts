import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RunReport } from "#library/report/run-report.ts";
import { HTML } from "#cli/report/formats/html.ts";
import { writeReports } from "#cli/report/write-reports.ts";
import { skippedFor } from "../support/missing.ts";
import { aReport } from "../support/reports.ts";
import { CHROMIUM_HINT, findChromium, launchChromium } from "../web/chromium.ts";
import { drifting, everything, incomplete, lonely, NASTY, nasty } from "./sample-reports.ts";

/* The HTML report as a user opens it: a file on a disk, in a real browser, without a network. */

const executable = findChromium();

describe("the HTML report", skippedFor(executable ? null : CHROMIUM_HINT), () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await launchChromium(executable!);
    folder = await mkdtemp(join(tmpdir(), "isobit-html-"));
  });

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  interface Opened {
    readonly page: Page;
    /** Requests for anything but the file itself, and console messages. */
    readonly complaints: readonly string[];
  }

  async function open(report: RunReport, options: BrowserContextOptions = {}): Promise<Opened> {
    const { written } = await writeReports(report, {
      folder: await mkdtemp(join(folder, "report-")),
      formats: [HTML],
    });
    const [path] = written;
    const context = await browser.newContext({ ...options, offline: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    const address = pathToFileURL(path!).href;
    page.on("request", (request) => {
      if (request.url() !== address && !request.url().startsWith("data:"))
        complaints.push(`asked for ${request.url()}`);
    });
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    await page.goto(address, { waitUntil: "load" });
    return { page, complaints };
  }

  /** The number of colours in a chart's canvas: 1 if it is blank. */
  async function coloursIn(page: Page, selector: string): Promise<number> {
    await page.waitForSelector(`${selector} canvas`);
    return page.$eval(`${selector} canvas`, (canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const data = (canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
      const colours = new Set<number>();
      for (let at = 0; at < data.length; at += 4) colours.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
      return colours.size;
    });
  }

  describe.each(["light", "dark"] as const)("in a %s colour scheme", (colorScheme) => {
    test("opens without a network, with its plots drawn and an empty console", async () => {
      const { page, complaints } = await open(everything(), { colorScheme });
      expect(await coloursIn(page, "#ulp-0-0")).toBeGreaterThan(4);
      expect(await coloursIn(page, "#layers-0")).toBeGreaterThan(4);
      expect(await coloursIn(page, "#layers-1")).toBeGreaterThan(4);
      expect(complaints).toEqual([]);
    });
  });

  test("a chart is redrawn when the colour scheme or the width changes", async () => {
    const { page } = await open(everything(), { colorScheme: "light" });
    await page.waitForSelector("#ulp-0-0 canvas");
    const shot = (): Promise<string> =>
      page.$eval("#ulp-0-0 canvas", (canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const light = await shot();
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(shot).not.toBe(light);
    const wide = await page.$eval("#ulp-0-0 canvas", (canvas) => canvas.clientWidth);
    await page.setViewportSize({ width: 500, height: 800 });
    await expect.poll(() => page.$eval("#ulp-0-0 canvas", (canvas) => canvas.clientWidth)).toBeLessThan(wide);
    expect(await page.$$eval("#ulp-0-0 canvas", (canvases) => canvases.length)).toBe(1);
  });

  test("fits a phone: only tables scroll sideways", async () => {
    const { page } = await open(everything(), { viewport: { width: 390, height: 800 } });
    await page.waitForSelector("#ulp-0-0 canvas");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test("the tables have the numbers of the plots", async () => {
    const report = everything();
    const { page } = await open(report);
    const cells = (selector: string): Promise<string[][]> =>
      page.$$eval(`${selector} tbody tr`, (rows) =>
        rows.map((row) => Array.from(row.querySelectorAll("td"), (cell) => cell.textContent ?? "")),
      );
    expect((await cells("#ulp-0-0 + details")).map(([from, to, elements]) => [from, to, elements])).toEqual(
      report.pairs[0]!.outputs[0]!.statistics!.ulpHistogram.map(({ from, to, elements }) =>
        [from, to, elements].map(String),
      ),
    );
    const nodes = await cells(".trace:has(#layers-0) h3 + .scroll");
    expect(nodes.slice(0, 3).map((node) => [node[1], node[4], node[7]])).toEqual([
      ["node0", "0", "0"],
      ["node1", "3", "5"],
      ["node2", "2", "900"],
    ]);
  });

  test("the worst input: its image, and both sources' bits with differing digits marked", async () => {
    const { page } = await open(everything());
    const image = page.locator(".worst img");
    expect(await image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(28);
    const [first, second] = await page.$$eval(".worst tbody tr", (rows) =>
      rows.map((row) => Array.from(row.querySelectorAll("td"), (cell) => cell.innerHTML)),
    );
    // 1.5 against 1.5 + 2 ULP.
    expect(first?.slice(0, 5)).toEqual([
      "zero",
      "1.5",
      "<code>3fc0000<b>0</b></code>",
      "1.5000002",
      "<code>3fc0000<b>2</b></code>",
    ]);
    expect(second?.[2]).toBe("<code>c0000000</code>");
  });

  test("the environment: hashes, versions, settings", async () => {
    const { page } = await open(everything());
    const text = await page.locator("#environment").innerText();
    for (const part of ["d".repeat(64), "onnxruntime-node 1.2.3", "extended", "basic, all"])
      expect(text).toContain(part);
  });

  test("failures and missing results are listed, without empty plots", async () => {
    const { page, complaints } = await open(incomplete());
    expect(await page.locator("#failures").innerText()).toContain("The origin cannot be reached.");
    expect(await page.locator(".plot").count()).toBe(0);
    const alone = await open(lonely());
    expect(await alone.page.locator("main").innerText()).toContain("Only CPU ran");
    expect([...complaints, ...alone.complaints]).toEqual([]);
  });

  test("the verdict is the first thing on the page, and its title", async () => {
    const { page } = await open(drifting());
    expect(await page.title()).toBe("DRIFT: isobit parity of digits");
    expect(await page.locator(".word").innerText()).toBe("DRIFT");
    expect(await (await open(aReport())).page.locator(".outcome").innerText()).toContain("Every bit is the same.");
  });

  test("external names stay text, and do not run", async () => {
    const { page, complaints } = await open(nasty());
    expect(await coloursIn(page, "#ulp-0-0")).toBeGreaterThan(4);
    expect(complaints).toEqual([]);
    expect(await page.locator("body img[src='x'], body a").count()).toBe(0);
    const shown = NASTY.replaceAll("\u0000", " ").replaceAll("\n", " ");
    const text = (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
    expect(text).toContain(shown.replaceAll(/\s+/g, " ").slice(0, 40));
  });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type axe from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, base64 } from "../support/graphql.ts";
import { pixelsOf, readMnist } from "../../images/mnist.ts";
import { describeInBrowser, DESKTOP, PHONE } from "./browser-suite.ts";

/** The number of images that MNIST's file is cut to. */
const CUT = 300;

describeInBrowser("the sweep view", { policy: "img-src 'self' blob:" }, (suite) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-sweep-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function visit(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await suite.visit(hash, { reducedMotion: "reduce", ...options });
    await page.waitForSelector("#sweep-WASM:enabled");
    return page;
  }

  async function saved(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  it("digits-exact: every shifted digit has the same bits, and all counts agree", async () => {
    const page = await visit("#/sweep?model=digits-exact&images=shifted");
    expect(await page.locator("#sweep-ready").textContent()).toBe("490 images on WASM and CPU.");
    await page.getByRole("button", { name: "Start" }).press("Enter");
    await over(page, "finished");
    expect(await word(page)).toBe("IDENTICAL");
    expect(await figure(page, "Identical images")).toBe("490 of 490");
    expect(await figure(page, "Differing logits")).toBe("0 of 4,900");
    expect(await figure(page, "Rows that differ")).toBe("0");
    expect(await figure(page, "Max ULP")).toBe("0");
    expect(
      await page.locator(".sweep-progress progress").evaluate((bar) => (bar as HTMLProgressElement).position),
    ).toBe(1);
    expect(await page.getByRole("status").textContent()).toBe("Finished: 490 of 490 images, IDENTICAL.");
    expect(await page.locator(".ulp-chart tbody tr").allTextContents()).toEqual(["04,900"]);
    expect(await page.locator(".worst-image").count()).toBe(0);
    // The button keeps the focus when it changes between Start and Stop.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Start");
    expect(suite.complaints).toEqual([]);
  });

  it("digits: drift, the worst image first, and the bits of each", async () => {
    const page = await visit("#/sweep?model=digits&range=1");
    await start(page);
    await over(page, "finished");
    expect(await word(page)).toBe("DRIFT");
    const rows = page.locator(".worst-table tbody tr");
    expect(await figure(page, "Rows that differ")).toBe(String(await rows.count()));
    const ulps = (await rows.locator("td:nth-child(5)").allTextContents()).map((text) =>
      Number(text.replaceAll(",", "")),
    );
    expect(ulps).toEqual(ulps.toSorted((left, right) => right - left));
    expect(await figure(page, "Max ULP")).toBe(ulps[0]?.toLocaleString("en-US"));

    const worst = await rows.first().getByRole("link").textContent();
    expect(await page.locator(".worst-image h2").textContent()).toBe(`Worst image: ${worst}`);
    await page.getByRole("link", { name: "Logits, bit by bit" }).click();
    const panel = page.locator("section.logits");
    await panel.locator("tbody").first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(`${worst}: CPU and WASM`);
    const { pixels } = (JSON.parse(await exported(page, "JSON")) as { rows: { pixels: string }[] }).rows[0]!;
    expect(await shownBits(page)).toEqual(await askedBits(suite.stack.edgeUrl, pixels));
    await panel.getByRole("button", { name: "Close" }).click();
    expect(
      await rows
        .first()
        .getByRole("link")
        .evaluate((link) => link === document.activeElement),
    ).toBe(true);

    const csv = (await exported(page, "CSV")).trimEnd().split("\r\n");
    expect(csv).toHaveLength(1 + ulps.length);
    expect(csv[1]).toMatch(/^\d+,"\d shifted \(.+\)",\d,CPU,WASM,DRIFT,false,/);

    await page.getByRole("link", { name: "Logits, bit by bit" }).click();
    await page.getByRole("button", { name: "Find the layer" }).click();
    await page.waitForSelector('main.trace .verdict[data-verdict="DRIFT"]');
    // The results are still there after going back.
    await page.goBack();
    await page.waitForSelector('main[data-phase="finished"] section.logits tbody');
    expect(suite.complaints).toEqual([]);
  });

  it("stops midway, on the server too, and says that the rest was not run", async () => {
    const page = await visit("#/sweep?model=digits&images=noise&count=4000&seed=7");
    await start(page);
    await page.waitForFunction(() => Number(document.querySelector("progress")?.value) > 0);
    const ended = page.waitForEvent("requestfailed", { predicate: (request) => request.url().endsWith("/graphql") });
    await page.getByRole("button", { name: "Stop" }).click();
    await ended;
    await over(page, "stopped");
    expect(await word(page)).toBe("DRIFT so far");
    const sentence = await page.locator(".verdict .sentence").textContent();
    expect(sentence).toMatch(/^Stopped after [\d,]+ of 4,000 images; the rest was not run\./);
    await start(page);
    await page.waitForFunction(() => Number(document.querySelector("progress")?.value) > 0);
    await page.getByRole("button", { name: "Stop" }).click();
    expect(suite.complaints).toEqual([]);
  });

  it("waits while two other sweeps are running, and says for how long", async () => {
    const page = await visit("#/sweep?model=digits&range=0");
    const others = await Promise.all([longSweep(suite.stack.edgeUrl), longSweep(suite.stack.edgeUrl)]);
    try {
      await start(page);
      await over(page, "failed");
      const banner = await page.locator(".banner").textContent();
      expect(banner).toContain("OVERLOADED");
      expect(await page.locator(".run").textContent()).toMatch(/^Start in [1-5] s$/);
    } finally {
      for (const leave of others) leave();
    }
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await over(page, "finished");
    expect(await word(page)).toBe("DRIFT");
  });

  it("an IDX file: the accuracy with its labels, the same verdict gzipped", async () => {
    const { images, labels } = await cutMnist();
    const files = [await saved("cut-images", images), await saved("cut-labels", labels)];
    const page = await visit("#/sweep?model=digits&images=files");
    await page.locator("input[type=file]").setInputFiles(files);
    await page.locator(".chosen", { hasText: `cut-images: ${CUT} images of 28 × 28, with their labels` }).waitFor();
    await start(page);
    await over(page, "finished");
    const right = await rightAnswers(suite.stack.edgeUrl);
    expect(await page.locator(".accuracy dd small").allTextContents()).toEqual([
      `${right} of ${CUT}`,
      `${right} of ${CUT}`,
    ]);
    const drift = await figure(page, "Differing logits");

    await page.locator("input[type=file]").setInputFiles(await saved("cut-images.gz", gzipSync(images)));
    await page.locator(".chosen", { hasText: "without labels" }).waitFor();
    await start(page);
    await over(page, "finished");
    expect(await figure(page, "Differing logits")).toBe(drift);
    expect(await page.locator(".accuracy").count()).toBe(0);
  });

  it("image files: a broken one fails alone", async () => {
    const page = await visit("#/sweep?model=digits-exact&images=files");
    const three = await readFile(new URL("../../images/3.png", import.meta.url));
    const broken = await saved("broken.png", three.subarray(0, 60));
    const whole = await saved("three.png", three);
    await page.locator("input[type=file]").setInputFiles([whole, broken]);
    await page.locator(".chosen", { hasText: "2 image files" }).waitFor();
    await start(page);
    await over(page, "finished");
    expect(await word(page)).toBe("INCOMPLETE");
    expect(await figure(page, "Identical images")).toBe("1 of 1");
    expect(await page.locator(".banner").textContent()).toContain("WASM, 1 of 2 images");
  });

  it("refuses unsuitable files with a reason, before anything is sent", async () => {
    const { images, labels } = await cutMnist();
    const other = idx([2, 14, 14], new Uint8Array(2 * 14 * 14));
    const many = idx([10_001, 1, 1], new Uint8Array(10_001));
    const cases: [files: [name: string, bytes: Uint8Array][], said: string][] = [
      [[["short", images.subarray(0, 5_000)]], `states ${CUT * 784} bytes`],
      [[["floats", new Uint8Array([0, 0, 13, 3, 0, 0, 0, 1])]], "type 0x0d"],
      [[["only-labels", labels]], "contains only labels"],
      [
        [
          ["images", images],
          ["few-labels", idx([2], new Uint8Array(2))],
        ],
        "has 2 labels",
      ],
      [[["small", other]], "are 14 x 14; digits takes 28 x 28"],
      [[["many", many]], "at most 10,000"],
      [[["nothing.png", new Uint8Array()]], "nothing.png is empty"],
      [[["large.png", new Uint8Array(10 * 1024 * 1024 + 1).fill(7)]], "has 10.1 MiB; the limit is 10 MiB"],
      [[["text.txt", new TextEncoder().encode("no image at all")]], "text.txt is neither"],
    ];
    const page = await visit("#/sweep?model=digits&images=files");
    const asked: string[] = [];
    page.on("request", (request) => request.method() === "POST" && asked.push(request.url()));
    for (const [files, said] of cases) {
      const paths = await Promise.all(files.map(([name, bytes]) => saved(name, bytes)));
      await page.locator("input[type=file]").setInputFiles(paths);
      await page.locator(".refused", { hasText: said }).waitFor();
      await page.locator(".run").press("Enter");
      expect(await page.locator("main").getAttribute("data-phase"), said).toBe("idle");
    }
    await page.getByLabel("Random noise").check();
    await page.getByLabel("Number of images").fill("10001");
    expect(await page.locator(".fault").textContent()).toContain("1 to 10,000");
    await page.locator(".run").press("Enter");
    expect(await page.locator("main").getAttribute("data-phase")).toBe("idle");
    expect(asked).toEqual([]);
  });

  it("an origin that stops midway: compared results stay, the rest is missing, and the page gives advice", async () => {
    const page = await visit("#/sweep?model=digits-exact&images=noise&count=3000&seed=1");
    await start(page);
    await page.waitForFunction(() => Number(document.querySelector("progress")?.value) > 0);
    await suite.stack.killOrigin();
    await page.waitForSelector(".banner");
    const banner = await page.locator(".banner").textContent();
    expect(banner).toContain("ORIGIN_UNREACHABLE");
    expect(banner).toContain("isobit start");
    expect(await page.locator(".verdict").getAttribute("data-verdict")).toBe("INCOMPLETE");
    expect(await page.locator(".verdict .sentence").textContent()).toMatch(/CPU failed for [\d,]+ of/);
    await page.locator(".run").click();
  });

  it("shows a violated certificate loudly", async () => {
    const page = await visit("#/sweep?model=digits-exact&range=0");
    // No backend here violates one, so the events are changed in transit.
    await page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("subscription")) return route.fallback();
      const response = await route.fetch();
      await route.fulfill({ response, body: breakCertificate(await response.text()) });
    });
    await start(page);
    await over(page, "finished");
    expect(await word(page)).toBe("CERTIFICATE VIOLATED");
    const alarm = page.locator('.banner [data-alarm="true"]');
    expect(await alarm.textContent()).toContain("input:7 (7 shifted (0, 0))");
    const { broken, quiet } = await page.evaluate(() => ({
      broken: getComputedStyle(document.querySelector('[data-alarm="true"]')!).backgroundColor,
      quiet: getComputedStyle(document.querySelector(".banner")!).backgroundColor,
    }));
    expect(broken).not.toBe(quiet);
    expect(await page.locator(".worst-table tbody tr").first().textContent()).toContain("CERTIFICATE VIOLATED");
  });

  it.each([
    ["light", DESKTOP],
    ["dark", PHONE],
  ] as const)("has no axe violations, and does not scroll sideways (%s)", async (colorScheme, viewport) => {
    const page = await visit("#/sweep?model=digits&range=1", { viewport, colorScheme });
    const source = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
    await page.evaluate(source);
    await start(page);
    await over(page, "finished");
    await page.locator(".worst-image a").click();
    await page.waitForSelector("section.logits tbody");
    expect(await objections(page)).toEqual([]);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
  });

  it("reports an edge that is lost midway, with the results so far", async () => {
    const page = await visit("#/sweep?model=digits-exact&images=noise&count=3000");
    await start(page);
    await page.waitForFunction(() => Number(document.querySelector("progress")?.value) > 0);
    await suite.stack.killEdge();
    await over(page, "failed");
    expect(await word(page)).toBe("IDENTICAL so far");
    expect(await page.locator(".verdict .sentence").textContent()).toMatch(/^Failed after [\d,]+ of 3,000/);
    expect(await page.locator(".banner").first().textContent()).toContain("EDGE_UNREACHABLE");
    await page.locator("#sweep-ready", { hasText: "The edge is not responding." }).waitFor();
    expect(await page.locator(".run").getAttribute("aria-disabled")).toBe("true");
    await suite.stack.startEdge();
    await page.waitForSelector('.run[aria-disabled="false"]');
    expect(await page.locator("#sweep-ready").textContent()).toContain("3,000 images on WASM and CPU");
  });
});

async function start(page: Page): Promise<void> {
  await page.locator(".run").click();
}

async function over(page: Page, phase: string): Promise<void> {
  await page.waitForSelector(`main[data-phase="${phase}"]`);
}

async function word(page: Page): Promise<string | null> {
  return await page.locator(".verdict .word").textContent();
}

async function figure(page: Page, name: string): Promise<string | null> {
  return await page.locator(".figures > div", { hasText: name }).locator("dd").textContent();
}

/** The file that a button downloads. */
async function exported(page: Page, kind: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Export ${kind}` }).click(),
  ]);
  return await readFile(await download.path(), "utf8");
}

/** The hex of every logit in the open panel: [CPU, WASM] each. */
async function shownBits(page: Page): Promise<(string | null)[][]> {
  return await page
    .locator("section.logits tbody")
    .evaluateAll((all) =>
      all.map((body) => [...body.querySelectorAll("td code:not(.bits)")].map(({ textContent }) => textContent)),
    );
}

async function askedBits(edgeUrl: string, pixels: string): Promise<string[][]> {
  const query = `query ($pixels: Bytes) { parity(inputs: [{ pixels: $pixels }], backends: [CPU, WASM], model: "digits") {
    rows { outputs { source prediction { logits { bits } } } } } }`;
  const { body } = await ask(edgeUrl, query, { pixels });
  const outputs: { source: string; prediction: { logits: { bits: string } } }[] = body.data.parity.rows[0].outputs;
  const [cpu, wasm] = ["CPU", "WASM"].map((name) => {
    const bytes = Buffer.from(outputs.find(({ source }) => source === name)!.prediction.logits.bits, "base64");
    return Array.from({ length: bytes.length / 4 }, (_, at) =>
      bytes
        .readUInt32LE(4 * at)
        .toString(16)
        .padStart(8, "0"),
    );
  });
  return cpu!.map((hex, at) => [hex, wasm![at]!]);
}

/** The number of correct predictions among the first CUT of MNIST's test images, from a parity query. */
async function rightAnswers(edgeUrl: string): Promise<number> {
  const mnist = await readMnist("test");
  const inputs = Array.from({ length: CUT }, (_, index) => ({ pixels: base64(pixelsOf(mnist, index)) }));
  const query = `query ($inputs: [ImageInput!]) { parity(inputs: $inputs, backends: [CPU], model: "digits") {
    rows { outputs { prediction { label } } } } }`;
  const { body } = await ask(edgeUrl, query, { inputs });
  const rows: { outputs: { prediction: { label: string } }[] }[] = body.data.parity.rows;
  return rows.filter(({ outputs }, index) => outputs[0]!.prediction.label === String(mnist.labels[index])).length;
}

/** MNIST's own files of the format, cut to CUT. */
async function cutMnist(): Promise<{ images: Uint8Array; labels: Uint8Array }> {
  const { pixels, labels } = await readMnist("test");
  return { images: idx([CUT, 28, 28], pixels.subarray(0, CUT * 784)), labels: idx([CUT], labels.subarray(0, CUT)) };
}

function idx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 * (1 + shape.length));
  header.writeUInt32BE(0x0800 + shape.length);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 * (1 + axis));
  return Buffer.concat([header, bytes]);
}

/** Occupies one of the edge's slots. @returns a function that frees it */
async function longSweep(edgeUrl: string): Promise<() => void> {
  const controller = new AbortController();
  const images = Array.from({ length: 9_000 }, (_, index) => String(index % 10));
  const query = `subscription ($images: [ID!]) { sweep(images: $images, backends: [WASM, CPU], batch: 10) { done } }`;
  const response = await fetch(`${edgeUrl}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query, variables: { images } }),
    signal: controller.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  return () => controller.abort();
}

/** Image 7 on WASM: its first logit's lowest bit is flipped. */
function breakCertificate(stream: string): string {
  return stream.replace(/^data: (\{.*\})$/gm, (line, text: string) => {
    const payload = JSON.parse(text);
    const sweep = payload.data?.sweep;
    const row = sweep?.rows.find(({ image }: { image: string }) => image === "input:7");
    if (!row) return line;
    const { prediction } = row.outputs.find(({ source }: { source: string }) => source === "WASM");
    const bytes = Buffer.from(prediction.logits.bits, "base64");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    prediction.logits.bits = bytes.toString("base64");
    const drift = { verdict: "DRIFT", differingElements: 1, maxUlp: 1, maxAbs: 1e-7 };
    Object.assign(row.pairs[0], drift, { inCertifiedDomain: true });
    Object.assign(sweep.pairs[0], drift);
    sweep.verdict = "DRIFT";
    sweep.certificateViolations.push({
      code: "CERTIFICATE_VIOLATED",
      message: "CERTIFICATE_VIOLATED: a sample on image input:7.",
    });
    return `data: ${JSON.stringify(payload)}`;
  });
}

async function objections(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    const checker = Reflect.get(globalThis, "axe") as typeof axe;
    const found = await checker.run(document, { resultTypes: ["violations"], preload: false });
    return found.violations.map(
      ({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
    );
  });
}

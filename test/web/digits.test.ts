import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningStack, startStack } from "../support/stack.ts";
import ensurePageIsBuilt from "./built-page.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";

const POLICY = "img-src 'self'";
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const executablePath = findChromium();
if (!executablePath) console.warn(CHROMIUM_HINT);

interface Row {
  readonly image: string;
  readonly outputs: readonly { readonly source: string; readonly prediction: { readonly logits: { bits: string } } }[];
  readonly pairs: readonly { readonly other: string; readonly verdict: string; readonly maxUlp: number }[];
}

const ROWS = `{ parity(model: "digits") {
  rows { image outputs { source prediction { logits { bits } } } pairs { other verdict maxUlp } }
} }`;

describe.skipIf(!executablePath)("the parity matrix", () => {
  let stack: RunningStack;
  let browser: Browser;
  let open: WatchedPage | undefined;

  beforeAll(async () => {
    await ensurePageIsBuilt();
    stack = await startStack();
    browser = await launchChromium(executablePath ?? "");
  });
  beforeEach(() => stack.startOrigin());
  afterEach(() => open?.close());
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function visit(hash: string, viewport = DESKTOP): Promise<Page> {
    open = await openWatched(browser, { viewport, policy: POLICY });
    await open.page.goto(`${stack.edgeUrl}/${hash}`);
    await answered(open.page);
    return open.page;
  }

  async function askRows(): Promise<readonly Row[]> {
    const { data } = await stack.edge().graphql<{ parity: { rows: Row[] } }>(ROWS);
    return data.parity.rows;
  }

  it("has a cell for every image and pair, each with the verdict and ULP that its bits give", async () => {
    const page = await visit("#/?model=digits");
    const rows = await askRows();
    expect(rows).toHaveLength(10);
    for (const { image, outputs, pairs } of rows) {
      const cells = page.locator(".matrix tbody tr", {
        has: page.getByRole("rowheader", { name: image, exact: true }),
      });
      expect(await cells.locator(".cell").count()).toBe((outputs.length * (outputs.length - 1)) / 2);
      for (const { other, verdict, maxUlp } of pairs) {
        const cell = page.locator(`#cell-${image}-CPU-${other}`);
        expect(await cell.getAttribute("data-verdict")).toBe(verdict);
        if (verdict === "DRIFT")
          expect(await cell.locator(".ulp").textContent()).toBe(`${maxUlp.toLocaleString("en-US")} ULP`);
      }
      // Two that the report does not hold against each other, compared here by their base64.
      const others = outputs.filter(({ source }) => source !== "CPU");
      for (const [place, left] of others.entries()) {
        for (const right of others.slice(place + 1)) {
          const same = left.prediction.logits.bits === right.prediction.logits.bits;
          const cell = page.locator(`#cell-${image}-${left.source}-${right.source}`);
          expect(await cell.getAttribute("data-verdict")).toBe(same ? "IDENTICAL" : "DRIFT");
        }
      }
    }
  });

  it("opens by keyboard the logits behind a cell, every bit of them, and closes back to the cell", async () => {
    const page = await visit("#/?model=digits");
    const cell = page.locator("#cell-7-CPU-WASM");
    await cell.focus();
    await page.keyboard.press("Enter");
    const panel = page.locator("section.logits");
    await panel.locator("tbody").first().waitFor();
    expect(new URL(page.url()).hash).toBe("#/?model=digits&image=7&a=CPU&b=WASM");
    expect(await page.title()).toContain("image 7");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Image 7: CPU and WASM");

    const row = (await askRows()).find(({ image }) => image === "7");
    const [cpu, wasm] = ["CPU", "WASM"].map((name) => hexWords(row?.outputs.find(({ source }) => source === name)));
    const shown = await panel
      .locator("tbody")
      .evaluateAll((all) =>
        all.map((body) => [...body.querySelectorAll("td code:not(.bits)")].map(({ textContent }) => textContent)),
      );
    expect(shown).toEqual(cpu?.map((hex, place) => [hex, wasm?.[place]]));
    const marked = await panel
      .locator("tbody")
      .evaluateAll((all) => all.map((body) => body.querySelector("mark") !== null));
    expect(marked).toEqual(cpu?.map((hex, place) => hex !== wasm?.[place]));
    expect(marked).toContain(true);

    await panel.getByRole("button", { name: "Close" }).click();
    expect(await panel.count()).toBe(0);
    expect(await cell.evaluate((each) => each === document.activeElement)).toBe(true);
    expect(open?.complaints).toEqual([]);
  });

  it("is deep-linkable, and goes back and forth with the browser", async () => {
    const page = await visit("#/?image=7&a=CPU&b=WASM&model=digits");
    const heading = page.locator("section.logits h2");
    expect(await heading.textContent()).toBe("Image 7: CPU and WASM");
    await page.locator("#cell-3-CPU-WASM").click();
    await page.waitForFunction(() => document.querySelector(".logits h2")?.textContent === "Image 3: CPU and WASM");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector(".logits h2")?.textContent === "Image 7: CPU and WASM");
    await page.getByRole("link", { name: "See in which layer" }).click();
    await page.waitForSelector("main.trace");
    expect(new URL(page.url()).hash).toBe("#/trace?image=7&a=CPU&b=WASM&model=digits");
  });

  it("says what is not there: an image, a backend with its reason, a model", async () => {
    let page = await visit("#/?image=nope");
    expect(await page.locator("section.logits").textContent()).toContain("No image is called nope here");
    await open?.close();
    page = await visit("#/?image=7&a=CPU&b=ABACUS");
    expect(await page.locator("section.logits").textContent()).toContain(
      "ABACUS has no answer: no backend is called so",
    );
    await open?.close();
    const { data } = await stack
      .edge()
      .graphql<{ health: { backends: { backend: string; reason: string | null }[] } }>(
        "{ health { backends { backend reason } } }",
      );
    const gone = data.health.backends.find(({ reason }) => reason !== null);
    if (gone) {
      page = await visit(`#/?image=7&a=CPU&b=${gone.backend}`);
      const told = await page.locator("section.logits").textContent();
      expect(told).toContain(gone.reason?.replaceAll("`", ""));
      await open?.close();
    }
    page = await visit("#/?model=nope");
    expect(await page.getByRole("alert").textContent()).toContain("MODEL_NOT_FOUND");
    await page.getByLabel("Model").selectOption("digits");
    await page.waitForSelector('section.verdict[data-verdict="DRIFT"]');
  });

  it("takes a tolerance, keeps it in the address, and refuses one that is no number", async () => {
    const page = await visit("#/?model=digits");
    await page.locator(".tolerance summary").click();
    const ulp = page.getByLabel("or ULP at most");
    await ulp.fill("4.5");
    await page.getByRole("button", { name: "Apply" }).click();
    expect(await page.locator(".tolerance [role=alert]").textContent()).toContain("whole number");
    expect(await ulp.getAttribute("aria-invalid")).toBe("true");
    await ulp.fill("1000000");
    await ulp.press("Enter");
    await page.waitForSelector('section.verdict[data-verdict="WITHIN_TOLERANCE"]');
    expect(new URL(page.url()).hash).toContain("ulp=1000000");
    const drifting = page.locator('.matrix .cell[data-verdict="DRIFT"]');
    expect(await drifting.count()).toBe(0);
    await page.getByRole("button", { name: "Bits must be equal" }).click();
    await page.waitForSelector('section.verdict[data-verdict="DRIFT"]');
    expect(new URL(page.url()).hash).not.toContain("ulp");
  });

  it("explains its signs under the pictures, and each picture leads to its logits", async () => {
    const page = await visit("#/?model=digits");
    const { pairs } = (await askRows())[0]!;
    const key = await page.locator(".key").textContent();
    for (const { other } of pairs) expect(key).toContain(other);
    expect(key).toContain("= same bits");
    await page.locator(".thumbnails a").nth(3).click();
    await page.waitForSelector("section.logits tbody");
    expect(await page.locator(".logits h2").textContent()).toMatch(/^Image 3: /);
  });

  it("shows a phone the model's whole name and every verdict without scrolling sideways", async () => {
    const page = await visit("", PHONE);
    const select = page.getByLabel("Model");
    const [own, needed] = await select.evaluate((each) => {
      const text = document.createElement("span");
      text.style.font = getComputedStyle(each).font;
      text.textContent = (each as HTMLSelectElement).selectedOptions[0]?.textContent ?? "";
      document.body.append(text);
      const { width } = text.getBoundingClientRect();
      text.remove();
      return [each.clientWidth, width];
    });
    // Beside the text stand the padding and the arrow.
    expect(own).toBeGreaterThan((needed ?? 0) + 60);
    const badge = await page.locator("#image-0 .badge").first().boundingBox();
    expect((badge?.x ?? 0) + (badge?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
  });

  it("keeps the edge's own answers while the origin is gone, and says who is missing", async () => {
    const page = await visit("#/?image=7&a=CPU&b=WASM");
    await stack.killOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('section.verdict[data-verdict="INCOMPLETE"]');
    expect(await page.locator("#cell-7-CPU-WASM").getAttribute("data-verdict")).toBe("INCOMPLETE");
    expect(await page.locator("section.logits").textContent()).toContain("CPU has no answer");
  });

  it("is loud where a certificate is broken, whatever the tolerance", async () => {
    open = await openWatched(browser, { viewport: DESKTOP, policy: POLICY });
    const { page } = open;
    // No backend here breaks a certificate, so the edge's own answer is changed on its way.
    await page.route("**/graphql", async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      if (answer.data?.parity) breakCertificate(answer.data.parity);
      await route.fulfill({ response, json: answer });
    });
    await page.goto(`${stack.edgeUrl}/#/?image=7&a=CPU&b=WASM&abs=1000`);
    await page.waitForSelector("section.logits tbody");
    const alarm = page.locator('.banner [data-alarm="true"]');
    expect(await alarm.textContent()).toContain("CERTIFICATE_VIOLATED");
    const { broken, quiet } = await page.evaluate(() => ({
      broken: getComputedStyle(document.querySelector('[data-alarm="true"]')!).backgroundColor,
      quiet: getComputedStyle(document.querySelector(".banner")!).backgroundColor,
    }));
    expect(broken).not.toBe(quiet);
    expect(await page.locator("#cell-7-CPU-WASM").textContent()).toContain("CERTIFICATE VIOLATED");
    expect(await page.locator("section.logits .summary").textContent()).toContain("CERTIFICATE VIOLATED");
  });
});

/** Image 7 on WASM: its first logit's lowest bit is flipped, as a broken backend would. */
function breakCertificate(parity: {
  certificateViolations: unknown[];
  rows: {
    image: string;
    outputs: { source: string; prediction: { logits: { bits: string } } }[];
    pairs: { other: string; verdict: string; differingElements: number; maxUlp: number; inCertifiedDomain: boolean }[];
  }[];
}): void {
  const row = parity.rows.find(({ image }) => image === "7");
  const drift = row?.pairs.find(({ other }) => other === "WASM");
  const output = row?.outputs.find(({ source }) => source === "WASM");
  if (!drift || !output) throw new Error("the report has no image 7 on WASM");
  const bytes = Buffer.from(output.prediction.logits.bits, "base64");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  output.prediction.logits.bits = bytes.toString("base64");
  Object.assign(drift, { verdict: "DRIFT", differingElements: 1, maxUlp: 1, inCertifiedDomain: true });
  parity.certificateViolations.push({ code: "CERTIFICATE_VIOLATED", message: "CERTIFICATE_VIOLATED: a made-up one." });
}

/** Little-endian float32 as the page's hex words, most significant digit first. */
function hexWords(output: Row["outputs"][number] | undefined): string[] {
  const bytes = Buffer.from(output?.prediction.logits.bits ?? "", "base64");
  return Array.from({ length: bytes.length / 4 }, (_, place) =>
    bytes
      .readUInt32LE(place * 4)
      .toString(16)
      .padStart(8, "0"),
  );
}

/** Waits until no query is on its way and the backends are listed. */
async function answered(page: Page): Promise<void> {
  await page.waitForSelector('main[data-running="false"] .backends > li[data-available]', { state: "attached" });
}

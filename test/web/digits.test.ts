import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { answered, describeInBrowser, DESKTOP, goTo, PHONE } from "./browser-suite.ts";

interface Row {
  readonly image: string;
  readonly outputs: readonly { readonly source: string; readonly prediction: { readonly logits: { bits: string } } }[];
  readonly pairs: readonly { readonly other: string; readonly verdict: string; readonly maxUlp: number }[];
}

const ROWS = `{ parity(model: "digits") {
  rows { image outputs { source prediction { logits { bits } } } pairs { other verdict maxUlp } }
} }`;

interface Report {
  readonly verdict: string;
  readonly startedAt: string;
  readonly pairs: readonly { readonly other: string; readonly verdict: string; readonly maxUlp: number | null }[];
  readonly rows: readonly {
    readonly image: string;
    readonly outputs: readonly { readonly source: string; readonly prediction: { readonly label: string } | null }[];
    readonly pairs: readonly {
      readonly verdict: string;
      readonly maxAbs: number | null;
      readonly maxUlp: number | null;
    }[];
  }[];
}

const REPORT = `{ parity {
  verdict startedAt pairs { other verdict maxUlp }
  rows { image outputs { source prediction { label } } pairs { verdict maxAbs maxUlp } }
} }`;

describeInBrowser("the digits", { policy: "img-src 'self'", originWebgpu: true }, (suite) => {
  async function visit(hash: string, viewport = DESKTOP): Promise<Page> {
    const page = await suite.visit(hash, { viewport });
    await answered(page);
    return page;
  }

  async function askParity(): Promise<Report> {
    const { data } = await suite.stack.edge().graphql<{ parity: Report }>(REPORT);
    return data.parity;
  }

  async function askRows(): Promise<readonly Row[]> {
    const { data } = await suite.stack.edge().graphql<{ parity: { rows: Row[] } }>(ROWS);
    return data.parity.rows;
  }

  it("shows every image's labels, verdict and drift with no bit rounded away", async () => {
    const page = await visit("");
    const { rows } = await askParity();
    expect(rows).toHaveLength(10);
    for (const row of rows) {
      const shown = page.locator(`#image-${row.image}`);
      expect(await shown.locator(".answer strong").allTextContents()).toEqual(
        row.outputs.map(({ prediction }) => prediction?.label),
      );
      expect(await verdictsIn(shown)).toEqual(row.pairs.map(({ verdict }) => verdict));
      const exact = await shown
        .locator("data")
        .evaluateAll((all) => all.map((each) => Number(each.getAttribute("value"))));
      expect(exact).toEqual(row.pairs.map(({ maxAbs }) => maxAbs));
      for (const { maxUlp } of row.pairs) {
        expect(await shown.textContent()).toContain((maxUlp ?? 0).toLocaleString("en-US"));
      }
    }
  });

  it("shows a row for every pair and a card for every backend, with its runtime or why it is unavailable", async () => {
    const page = await visit("");
    const { pairs } = await askParity();
    const table = page.getByRole("region", { name: "Pair by pair" });
    expect(await table.locator("tbody th").count()).toBe(pairs.length);
    expect(await verdictsIn(table)).toEqual(pairs.map(({ verdict }) => verdict));

    const { data } = await suite.stack
      .edge()
      .graphql<{ health: { backends: Backend[] } }>(
        "{ health { backends { backend available reason executionProvider } } }",
      );
    const cards = await page.locator(".backends > li").allTextContents();
    expect(cards).toHaveLength(data.health.backends.length);
    for (const [index, { backend, available, reason, executionProvider }] of data.health.backends.entries()) {
      expect(cards[index]).toContain(backend);
      expect(cards[index]).toContain(executionProvider);
      expect(cards[index]).toContain(available ? "● available" : "○ not available");
      expect(cards[index]).toContain((reason ?? "").replaceAll("`", ""));
    }
  });

  it("has a matrix cell for every image and pair, with the verdict and ULP of its bits", async () => {
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
      // Pairs that the report does not compare, compared here by their base64.
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

  it("stays readable with ten pairs: complete on a desktop, next to the images' names on a phone", async () => {
    const page = await suite.open();
    await page.route("**/graphql", async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      if (answer.data?.parity) addSources(answer.data.parity, ["WEBGPU", "BROWSER_WASM", "BROWSER_WEBGPU"]);
      await route.fulfill({ response, json: answer });
    });
    await page.goto(`${suite.stack.edgeUrl}/#/?model=digits`);
    await answered(page);
    const region = page.getByRole("region", { name: "Every pair of backends" });
    expect(await region.locator("thead th").count()).toBe(1 + 10);
    const [content, view] = await region.evaluate((each) => [each.scrollWidth, each.clientWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);

    await page.setViewportSize(PHONE);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    const last = page.locator("#cell-7-BROWSER_WASM-BROWSER_WEBGPU");
    await last.scrollIntoViewIfNeeded();
    const [name, cell] = await Promise.all([
      region.getByRole("rowheader", { name: "7", exact: true }).boundingBox(),
      last.boundingBox(),
    ]);
    const place = await region.boundingBox();
    if (!name || !cell || !place) throw new Error("the matrix is not there");
    expect(Math.round(name.x - place.x)).toBeLessThanOrEqual(1);
    expect(cell.x).toBeGreaterThanOrEqual(name.x + name.width - 1);
    expect(cell.x + cell.width).toBeLessThanOrEqual(place.x + place.width);
  });

  it("opens the logits of a cell by keyboard, every bit of them, and returns the focus when closed", async () => {
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
    expect(suite.complaints).toEqual([]);
  });

  it("can be linked to, and follows the browser's history", async () => {
    const page = await visit("#/?image=7&a=CPU&b=WASM&model=digits");
    const heading = page.locator("section.logits h2");
    expect(await heading.textContent()).toBe("Image 7: CPU and WASM");
    await page.locator("#cell-3-CPU-WASM").click();
    await page.waitForFunction(() => document.querySelector(".logits h2")?.textContent === "Image 3: CPU and WASM");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector(".logits h2")?.textContent === "Image 7: CPU and WASM");
    await page.getByRole("link", { name: "Find the layer where they" }).click();
    await page.waitForSelector("main.trace");
    expect(new URL(page.url()).hash).toBe("#/trace?image=7&a=CPU&b=WASM&model=digits");
  });

  it("reports an unknown image, a missing backend with its reason, and an unknown model", async () => {
    const page = await visit("#/?image=nope");
    expect(await page.locator("section.logits").textContent()).toContain("There is no image nope.");
    await goTo(page, "#/?image=7&a=CPU&b=ABACUS");
    await page.getByText("No result from ABACUS: unknown backend").waitFor();
    const { data } = await suite.stack
      .edge()
      .graphql<{ health: { backends: { backend: string; reason: string | null }[] } }>(
        "{ health { backends { backend reason } } }",
      );
    const gone = data.health.backends.find(({ reason }) => reason !== null);
    if (gone) {
      await goTo(page, `#/?image=7&a=CPU&b=${gone.backend}`);
      await page.getByText(`No result from ${gone.backend}`).waitFor();
      const told = await page.locator("section.logits").textContent();
      expect(told).toContain(gone.reason?.replaceAll("`", ""));
    }
    await goTo(page, "#/?model=nope");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("MODEL_NOT_FOUND");
    await page.getByLabel("Model").selectOption("digits");
    await page.waitForSelector('section.verdict[data-verdict="DRIFT"]');
  });

  it("accepts a tolerance, keeps it in the address, and refuses one that is not a number", async () => {
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
    await page.getByRole("button", { name: "Require equal bits" }).click();
    await page.waitForSelector('section.verdict[data-verdict="DRIFT"]');
    expect(new URL(page.url()).hash).not.toContain("ulp");
  });

  it("explains the signs under the images, and links each image to its logits", async () => {
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
    // In addition to the text: the padding and the arrow.
    expect(own).toBeGreaterThan((needed ?? 0) + 60);
    const badge = await page.locator("#image-0 .badge").first().boundingBox();
    expect((badge?.x ?? 0) + (badge?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
  });

  it("shows a violated certificate loudly, with any tolerance", async () => {
    const page = await suite.open();
    // No backend here violates a certificate, so the response is changed in transit.
    await page.route("**/graphql", async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      if (answer.data?.parity) breakCertificate(answer.data.parity);
      await route.fulfill({ response, json: answer });
    });
    await page.goto(`${suite.stack.edgeUrl}/#/?image=7&a=CPU&b=WASM&abs=1000`);
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

  it("keeps the edge's own results while the origin is gone, and names the missing backend", async () => {
    const page = await visit("#/?image=7&a=CPU&b=WASM");
    await suite.stack.killOrigin();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForSelector('section.verdict[data-verdict="INCOMPLETE"]');
    expect(await page.locator("#cell-7-CPU-WASM").getAttribute("data-verdict")).toBe("INCOMPLETE");
    expect(await page.locator("section.logits").textContent()).toContain("No result from CPU");
  });
});

interface Backend {
  readonly backend: string;
  readonly available: boolean;
  readonly reason: string | null;
  readonly executionProvider: string;
}

function verdictsIn(place: Locator): Promise<(string | null)[]> {
  return place.locator(".badge").evaluateAll((all) => all.map((badge) => badge.getAttribute("data-verdict")));
}

/** Sources that this machine may lack, with WASM's bits. */
function addSources(
  {
    pairs,
    rows,
  }: { pairs: { other: string }[]; rows: { outputs: { source: string }[]; pairs: { other: string }[] }[] },
  sources: readonly string[],
): void {
  for (const source of sources) {
    if (pairs.some(({ other }) => other === source)) continue;
    const copy = <Each extends object>(from: Each[], change: Partial<Each>, isOne: (each: Each) => boolean): void => {
      const one = from.find(isOne);
      if (one) from.push({ ...one, ...change });
    };
    copy(pairs, { other: source }, ({ other }) => other === "WASM");
    for (const row of rows) {
      copy(row.pairs, { other: source }, ({ other }) => other === "WASM");
      copy(row.outputs, { source }, (output) => output.source === "WASM");
    }
  }
}

/** Image 7 on WASM: its first logit's lowest bit is flipped. */
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

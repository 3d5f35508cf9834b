import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, DESKTOP, goTo, PHONE } from "./browser-suite.ts";

interface Node {
  readonly name: string;
  readonly cause: string;
  readonly elements: number;
  readonly differingElements: number;
  readonly maxUlp: number;
  readonly maxAbs: number;
  readonly bornElements: number | null;
}

const TRACE = `{ trace(model: "digits", input: { image: "7" }, reference: CPU, backend: WASM) {
  firstDrift { name }
  nodes { name cause elements differingElements maxUlp maxAbs bornElements }
} }`;

describeInBrowser("the drift view", { policy: "img-src 'self'" }, (suite) => {
  async function visit(hash: string, viewport = DESKTOP): Promise<Page> {
    const page = await suite.visit(hash, { viewport });
    await traced(page);
    return page;
  }

  it("shows the same of every layer as GraphQL, and marks where differences are introduced", async () => {
    const page = await visit("#/trace?image=7&a=CPU&b=WASM&model=digits");
    const { data } = await suite.stack
      .edge()
      .graphql<{ trace: { firstDrift: { name: string }; nodes: Node[] } }>(TRACE);
    const { firstDrift, nodes } = data.trace;
    expect(await page.locator(".verdict .word").textContent()).toBe("DRIFT");
    expect(await page.locator(".verdict .sentence").textContent()).toContain(`Drift begins at ${firstDrift.name}`);
    const rows = page.getByRole("region", { name: "Layer by layer" }).locator("tbody tr");
    expect(await rows.count()).toBe(nodes.length);
    for (const [place, { name, cause, elements, differingElements, maxUlp, maxAbs, bornElements }] of nodes.entries()) {
      const row = rows.nth(place);
      const text = await row.textContent();
      expect(text).toContain(name);
      expect(text).toContain(`${differingElements.toLocaleString("en-US")} of ${elements.toLocaleString("en-US")}`);
      expect(text).toContain(maxUlp.toLocaleString("en-US"));
      expect(await row.locator("data").getAttribute("value")).toBe(String(maxAbs));
      expect(await row.getAttribute("data-cause")).toBe(cause);
      expect(await row.getAttribute("data-introduced")).toBe(String((bornElements ?? 0) > 0));
    }
    expect(await page.locator(".explanations > li").count()).toBe(
      nodes.filter(({ bornElements }) => bornElements).length,
    );
    expect(await page.locator(".explanations [open]").textContent()).toMatch(
      /have the same bits on both backends.* shuffled outputs/s,
    );
    expect(await page.title()).toBe("Drift, image 7: CPU and WASM · isobit");
    expect(suite.complaints).toEqual([]);
  });

  it("shows the numbers of the layer under the pointer", async () => {
    const page = await visit("#/trace?model=digits");
    const { data } = await suite.stack.edge().graphql<{ trace: { nodes: Node[] } }>(TRACE);
    const readout = page.locator(".readout");
    expect(await readout.textContent()).toContain(data.trace.nodes[0]?.name);
    const over = page.locator(".plot .u-over");
    const last = data.trace.nodes.at(-1)!;
    // The plot is drawn again when its size changes, as it does while the page loads: moves the pointer until it has an effect.
    const pointAtLast = async (): Promise<string | null> => {
      const { width, height } = (await over.boundingBox()) ?? { width: 0, height: 0 };
      await over.hover({ position: { x: width - 4, y: height / 2 } });
      return await readout.textContent();
    };
    await expect.poll(pointAtLast, { timeout: 30_000 }).toContain(last.name);
    expect(await readout.textContent()).toContain(`${last.differingElements} of ${last.elements}`);
    await page.mouse.move(0, 0);
    const first = data.trace.nodes[0]!;
    await page.waitForFunction(
      (name) => document.querySelector(".readout dd")?.textContent?.startsWith(name),
      first.name,
    );
  });

  it("says that nothing drifts", async () => {
    const page = await visit("#/trace?model=digits-exact");
    expect(await page.locator(".verdict .word").textContent()).toBe("IDENTICAL");
    expect(await page.locator(".verdict .sentence").textContent()).toContain(
      "layers have the same bits on CPU and WASM",
    );
    expect(await page.locator('tr[data-introduced="true"]').count()).toBe(0);
    expect(await page.locator(".explanations").count()).toBe(0);
  });

  it("keeps its choices in the address, and swaps the two backends if the same one is chosen", async () => {
    const page = await visit("#/trace?model=digits");
    await page.getByLabel("Image").selectOption("3");
    await page.getByLabel("Against").selectOption("CPU");
    const hash = new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
    expect(Object.fromEntries(hash)).toEqual({ model: "digits", image: "3", a: "WASM", b: "CPU" });
    await page.waitForSelector('main[data-running="false"] .plot canvas');
    expect(await page.title()).toContain("image 3: WASM and CPU");
    expect(await page.getByLabel("Reference").inputValue()).toBe("WASM");
  });

  it("gives the reason for a missing backend, image or model", async () => {
    const { data } = await suite.stack
      .edge()
      .graphql<{ health: { backends: { backend: string; available: boolean }[] } }>(
        "{ health { backends { backend available } } }",
      );
    const gone = data.health.backends.find(({ available }) => !available)?.backend;
    const cases = [
      ...(gone ? [[`b=${gone}`, gone]] : []),
      ["image=nope", "IMAGE_NOT_FOUND"],
      ["model=nope", "MODEL_NOT_FOUND"],
      ["b=ABACUS", "ABACUS"],
    ];
    const page = await visit("#/trace?model=digits-exact");
    for (const [query = "", told = ""] of cases) {
      await goTo(page, `#/trace?${query}`);
      await page.getByRole("alert").filter({ hasText: told }).waitFor();
      expect(await page.locator(".verdict .word").textContent()).toBe("NO RESULT");
      const advice = await page.getByRole("alert").locator(".advice").first().textContent();
      if (query !== cases[0]?.[0] || !gone) expect(advice, query).toContain("The link to this page is not valid here.");
    }
  });

  it("has no result while the origin is gone, and recovers when it is back", async () => {
    const page = await visit("#/trace?model=digits");
    await suite.stack.killOrigin();
    await page.getByRole("button", { name: "Trace again" }).click();
    await page.getByText("NO RESULT", { exact: true }).waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("npm run origin");
    expect(await page.locator(".plot").count()).toBe(0);
    await suite.stack.startOrigin();
    await page.getByRole("button", { name: "Trace again" }).click();
    await page.locator(".plot canvas").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("shows a wrong result loudly, and says how wrong it is", async () => {
    const page = await suite.open();
    // No backend here computes wrongly, so the response is changed in transit.
    await page.route("**/graphql", async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      if (answer.data?.trace) makeWrong(answer.data.trace);
      await route.fulfill({ response, json: answer });
    });
    await page.goto(`${suite.stack.edgeUrl}/#/trace?model=digits`);
    await traced(page);
    expect(await page.locator(".verdict .word").textContent()).toBe("WRONG RESULT");
    expect(await page.locator(".verdict .sentence").textContent()).toContain(
      "conv2: result is outside the possible rounding error",
    );
    const wrong = page.locator(".explanations .wrong");
    expect(await wrong.isVisible()).toBe(true);
    expect(await wrong.textContent()).toContain(
      "WASM computes 3 wrong elements. The worst, at index 5, is 2; the exact value is 1.5",
    );
    expect(await page.locator('tr[data-cause="WRONG_RESULT"]').textContent()).toContain("WRONG RESULT");
  });

  it("fits a phone without scrolling sideways", async () => {
    const page = await visit("#/trace?model=digits", PHONE);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
  });
});

function makeWrong(trace: {
  outcome: string;
  nodes: { name: string; cause: string; explanation: { cause: string; wrong: unknown[] } | null }[];
}): void {
  const node = trace.nodes.find(({ name }) => name === "conv2");
  if (!node?.explanation) throw new Error("conv2 is not explained");
  trace.outcome = "WRONG_RESULT";
  node.cause = "WRONG_RESULT";
  node.explanation.cause = "WRONG_RESULT";
  node.explanation.wrong = [{ backend: "WASM", elements: 3, index: 5, value: 2, exact: 1.5, bound: 1e-6 }];
}

/** Waits until there is a result or an error. */
async function traced(page: Page): Promise<void> {
  await page.waitForSelector('main.trace[data-running="false"] .verdict:not([data-verdict="PENDING"])');
  await page.waitForSelector(".backends > li[data-available]", { state: "attached" });
}

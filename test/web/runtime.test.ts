import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { BROWSER_PROVIDERS } from "../../web/runtime/providers.ts";
import { answered, describeInBrowser } from "./browser-suite.ts";
import { startHalfwayServer } from "./halfway-server.ts";

/** All that the page needs: WebAssembly, nothing inline, nothing from other hosts. */
const NEEDED_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const PATIENCE_MS = 20_000;
const RUNTIME_FILES = /\/onnxruntime-web\/|\/models\/|worker|ort\./;

describeInBrowser("this browser as one more row", { policy: NEEDED_POLICY }, (suite) => {
  async function visit(address = ""): Promise<Page> {
    const page = await suite.visit(address);
    page.setDefaultTimeout(PATIENCE_MS);
    await answered(page);
    return page;
  }

  it("does not load the runtime before it is enabled", async () => {
    const page = await visit();
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    expect(loaded.filter((name) => RUNTIME_FILES.test(name))).toEqual([]);
    expect(await page.locator("[data-source]").count()).toBe(0);
  });

  it("shows the download's progress, then the certified bits, and why there is no WebGPU", async () => {
    const page = await visit();
    await using slow = await startHalfwayServer(suite.stack.edgeUrl);
    await page.route("**/*.wasm.gz", (route) => route.continue({ url: slow.urlOf(route.request().url()) }));
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await page.waitForFunction(() => {
      const bar = document.querySelector<HTMLProgressElement>(".browser-runtime progress[max]");
      return bar !== null && bar.value > 0 && bar.value < bar.max;
    });
    slow.goOn();
    await joined(page, "BROWSER_WASM");
    expect(await page.locator("section.verdict").getAttribute("data-verdict")).toBe("IDENTICAL");
    expect(await verdictOfPair(page, "BROWSER_WASM")).toBe("IDENTICAL");
    await page.waitForSelector('[data-source="BROWSER_WEBGPU"][data-state="unavailable"]');
    expect(await page.locator('[data-source="BROWSER_WEBGPU"]').textContent()).toContain("This browser");
    expect(await pairRow(page, "BROWSER_WEBGPU").count()).toBe(0);
    expect(suite.complaints).toEqual([]);
  });

  it("keeps its rows during another run", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await joined(page, "BROWSER_WASM");
    await page.evaluate(() => {
      const columns = (): number => document.querySelectorAll(".matrix thead th").length;
      const most = columns();
      new MutationObserver(() => {
        if (columns() < most) document.body.dataset["lost"] = "yes";
      }).observe(document.body, { childList: true, subtree: true });
    });
    const before = await page.locator("time").getAttribute("datetime");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForFunction((old) => document.querySelector("time")?.dateTime !== old, before);
    await answered(page);
    expect(await verdictOfPair(page, "BROWSER_WASM")).toBe("IDENTICAL");
    expect(await page.locator("body").getAttribute("data-lost")).toBeNull();
  });

  it("drifts like the Worker's WebAssembly if a model is not exact", async () => {
    const page = await visit("#/?model=digits");
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await joined(page, "BROWSER_WASM");
    expect(await verdictOfPair(page, "BROWSER_WASM")).toBe("DRIFT");
    const numbers = (source: string): Promise<string[]> => pairRow(page, source).locator("td").allTextContents();
    expect((await numbers("BROWSER_WASM")).slice(1)).toEqual((await numbers("WASM")).slice(1));
  });

  it("is remembered on the next visit, until it is stopped", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await joined(page, "BROWSER_WASM");
    await page.reload();
    await joined(page, "BROWSER_WASM");
    await page.getByRole("button", { name: "Stop running in this browser" }).click();
    await page.reload();
    await answered(page);
    expect(await page.getByRole("button", { name: "Run in this browser too" }).count()).toBe(1);
    expect(await page.locator("[data-source]").count()).toBe(0);
  });

  it("says what is wrong if a file cannot be downloaded, and recovers", async () => {
    const page = await visit();
    await page.route("**/*.wasm.gz", (route) => route.abort());
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    const row = page.locator('[data-source="BROWSER_WASM"]');
    await page.waitForSelector('[data-source="BROWSER_WASM"][data-state="unavailable"]');
    expect(await row.textContent()).toContain("could not be downloaded");
    await page.unroute("**/*.wasm.gz");
    await row.getByRole("button", { name: "Try WebAssembly again" }).click();
    await joined(page, "BROWSER_WASM");
  });

  it("refuses a model whose bytes are not those that the sides execute", async () => {
    const page = await visit();
    await page.route(/\/models\/[0-9a-f]{64}\.onnx$/, async (route) => {
      const response = await route.fetch();
      const body = Buffer.from(await response.body());
      body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1);
      await route.fulfill({ response, body });
    });
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await page.waitForFunction(() =>
      document.querySelector(".failure, [role=alert]")?.textContent?.includes("SHA-256"),
    );
    expect(await page.locator("section.verdict").getAttribute("data-verdict")).toBe("INCOMPLETE");
  });

  it("serves its downloads from an immutable address, with the size stated on the page", async () => {
    const version = await runtimeVersion();
    for (const { build, downloadMegabytes } of Object.values(BROWSER_PROVIDERS)) {
      const response = await fetch(`${suite.stack.edgeUrl}/onnxruntime-web/${version}/${build}.wasm.gz`);
      const { byteLength } = await response.arrayBuffer();
      expect(Math.round(byteLength / 1e6)).toBe(downloadMegabytes);
      expect(response.headers.get("content-length")).toBe(String(byteLength));
      expect(response.headers.get("cache-control")).toContain("immutable");
    }
  });

  it("gives its worker the page's policy", async () => {
    const page = await visit();
    await page.getByRole("button", { name: "Run in this browser too" }).click();
    await joined(page, "BROWSER_WASM");
    const [script] = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => name)
        .filter((name) => /worker-.*\.js$/.test(name)),
    );
    const response = await fetch(script ?? "");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
  });
});

/** Waits until a source's results are in the table. */
async function joined(page: Page, source: string): Promise<void> {
  await page.waitForSelector(`[data-source="${source}"][data-state="ready"]`);
  await pairRow(page, source).waitFor();
}

function pairRow(page: Page, source: string): Locator {
  return page
    .getByRole("region", { name: "Pair by pair" })
    .locator("tbody tr")
    .filter({ hasText: new RegExp(`^${source} `) });
}

function verdictOfPair(page: Page, source: string): Promise<string | null> {
  return pairRow(page, source).locator(".badge").getAttribute("data-verdict");
}

async function runtimeVersion(): Promise<string> {
  const { default: manifest } = await import("../../node_modules/onnxruntime-web/package.json", {
    with: { type: "json" },
  });
  return manifest.version;
}

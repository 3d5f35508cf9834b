import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, DESKTOP, goTo, PHONE } from "./browser-suite.ts";

interface Model {
  readonly id: string;
  readonly sha256: string;
  readonly notCertified: string | null;
  readonly certificate: {
    readonly assumptions: readonly string[];
    readonly nodes: readonly { readonly name: string; readonly reason: string; readonly boundUnits: number | null }[];
  } | null;
}

const MODELS = "{ models { id sha256 notCertified certificate { assumptions nodes { name reason boundUnits } } } }";

describeInBrowser("the model view", { policy: "img-src 'self'" }, (suite) => {
  async function visit(hash: string, viewport = DESKTOP): Promise<Page> {
    const page = await suite.visit(hash, { viewport });
    await page.waitForSelector('main.models[aria-busy="false"]');
    return page;
  }

  async function askModels(): Promise<readonly Model[]> {
    const { data } = await suite.stack.edge().graphql<{ models: Model[] }>(MODELS);
    return data.models;
  }

  it("shows the certificate as a proof: every layer with its rule and bound, and every assumption", async () => {
    const page = await visit("#/models?id=digits-exact");
    const certificate = (await askModels()).find(({ id }) => id === "digits-exact")?.certificate;
    const steps = page.locator(".steps > li");
    expect(await steps.count()).toBe(certificate?.nodes.length);
    for (const [place, { name, reason, boundUnits }] of certificate?.nodes.entries() ?? []) {
      const text = await steps.nth(place).textContent();
      expect(text).toContain(name);
      expect(text).toContain(reason.replaceAll("`", ""));
      if (boundUnits !== null) expect(text).toContain(`${boundUnits.toLocaleString("en-US")} units`);
    }
    expect(await page.locator(".assumptions > li").allTextContents()).toEqual(
      certificate?.assumptions.map((each) => each.replaceAll("`", "")),
    );
    expect(await page.title()).toBe("Models, digits-exact · isobit");
  });

  it("says why a model is not certified, and what to do", async () => {
    const page = await visit("#/models?id=digits");
    const model = (await askModels()).find(({ id }) => id === "digits");
    expect(await page.locator(".proof .reason").textContent()).toContain(model?.notCertified);
    expect(await page.locator(".proof .command").textContent()).toContain("exactify digits");
    expect(await page.locator(".steps").count()).toBe(0);
  });

  it("offers the file with the shown hash", async () => {
    const page = await visit("#/models?id=digits");
    const address = await page.getByRole("link", { name: "Download digits.onnx" }).getAttribute("href");
    const response = await fetch(new URL(address ?? "", suite.stack.edgeUrl));
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    const [shown] = (await page.locator(".facts-list code").allTextContents()) ?? [];
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(shown);
    expect(bytes.equals(await readFile(new URL("../../models/digits.onnx", import.meta.url)))).toBe(true);
  });

  it("compares float and exact side by side, each run now", async () => {
    const page = await visit("#/models");
    await page.waitForFunction(() => document.querySelectorAll(".columns .badge").length === 2);
    const verdicts = await page
      .locator(".columns > li")
      .evaluateAll((all) =>
        all.map((each) => [
          each.querySelector("h3")?.textContent,
          each.querySelector(".badge")?.getAttribute("data-verdict"),
        ]),
      );
    expect(verdicts).toEqual([
      ["digits-exact", "IDENTICAL"],
      ["digits", "DRIFT"],
    ]);
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".columns .badge").length === 2);
    expect(suite.complaints).toEqual([]);
  });

  it("shows the proofs while the origin is gone, and that nothing could be compared", async () => {
    await suite.stack.killOrigin();
    const page = await visit("#/models");
    expect(await page.locator(".steps > li").count()).toBeGreaterThan(0);
    await page.waitForFunction(() => document.querySelectorAll(".columns .badge").length === 2);
    const verdicts = await page
      .locator(".columns .badge")
      .evaluateAll((all) => all.map((badge) => badge.getAttribute("data-verdict")));
    expect(verdicts).toEqual(["INCOMPLETE", "INCOMPLETE"]);
  });

  it("reports an unknown model, and lists the served ones", async () => {
    const page = await visit("#/models?id=nope");
    expect(await page.locator("main").textContent()).toContain("There is no model nope.");
    await page.getByRole("navigation", { name: "Models" }).getByRole("link", { name: "digits", exact: true }).click();
    await page.getByRole("heading", { name: "digits", exact: true, level: 2 }).waitFor();
    expect(new URL(page.url()).hash).toBe("#/models?id=digits");
  });

  it("fits a phone without scrolling sideways", async () => {
    const page = await visit("#/models?id=digits", PHONE);
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
  });

  it("gives advice while the edge is gone, and tries again on request", async () => {
    const page = await visit("#/models");
    await suite.stack.stopEdge();
    await goTo(page, "#/");
    await page.getByRole("alert").waitFor();
    await goTo(page, "#/models");
    await page.getByText("EDGE_UNREACHABLE").waitFor();
    await suite.stack.startEdge();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".steps > li").first().waitFor();
  });
});

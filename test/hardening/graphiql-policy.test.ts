import { expect, it } from "vitest";
import { describeInBrowser } from "../web/browser-suite.ts";

describeInBrowser("GraphiQL", { policy: "frame-ancestors 'none'" }, (suite) => {
  it.each(["edge", "origin"] as const)("runs a query under its own policy on the %s", async (side) => {
    const page = await suite.open();
    const root = side === "edge" ? suite.stack.edgeUrl : suite.stack.originUrl;
    await page.goto(`${root}/graphql?query=${encodeURIComponent("{ images { id } }")}`);
    await page.click(".graphiql-execute-button");
    await page.waitForFunction(() => /"id":\s*"9"/.test(document.querySelector(".result-window")?.textContent ?? ""));
    expect(suite.complaints.filter((complaint) => complaint.startsWith("policy"))).toEqual([]);
  });
});

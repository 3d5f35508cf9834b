import ensurePageIsBuilt from "./web/built-page.ts";

/** Once before all suites: several of them start an edge, which takes the page's files from dist/web. */
export default async function setup(): Promise<void> {
  await ensurePageIsBuilt();
}

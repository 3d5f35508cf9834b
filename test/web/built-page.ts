import { buildPage, pageIsStale } from "#cli/build-page.ts";

/** Builds the page like `npm start`, unless it is current: the edge reads dist/web when it starts. */
export default async function ensurePageIsBuilt(): Promise<void> {
  if (!(await pageIsStale())) return;
  await buildPage(process.env, new AbortController().signal, () => {});
}

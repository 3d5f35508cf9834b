import { buildPage, pageIsStale } from "#cli/build-page.ts";

/** Builds the page as `npm start` does, unless it is current: the edge takes its files from dist/web when it starts. */
export default async function ensurePageIsBuilt(): Promise<void> {
  if (!(await pageIsStale())) return;
  await buildPage(process.env, new AbortController().signal, () => {});
}

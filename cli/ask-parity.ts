import { given } from "./given.ts";
import { askFor } from "#library/stack/ask.ts";
import { graphql } from "#library/stack/graphql.ts";
import { askParity, type ParityRequest } from "#library/stack/parity-query.ts";
import { reportOfParity } from "../library/report/of-parity.ts";
import type { RunReport } from "#library/report/run-report.ts";

const IMAGES_QUERY = graphql(`
  {
    images { id label url }
  }
`);

/** Asks a side for parity, and for the images that the reports show. @throws LibraryError */
export async function askForReport(url: string, request: ParityRequest, stop: AbortSignal): Promise<RunReport> {
  const { images, backends, reference, model } = request;
  const answer = await askParity(url, request, stop);
  const builtIn = await askFor(url, "images", { query: IMAGES_QUERY, variables: {} }, stop);
  const worst = new Set(answer.pairs.map(({ worstImage }) => worstImage));
  const pngs = new Map<string, string>();
  for (const image of builtIn.filter(({ id }) => worst.has(id))) {
    const png = await fetchImage(`${url}${image.url}`, stop);
    if (png !== null) pngs.set(image.id, png);
  }
  return reportOfParity(answer, {
    tolerance: request.tolerance ?? null,
    options: given({ images, backends, reference, model }),
    images: builtIn,
    pngs,
  });
}

/** Base64 of a PNG; null if it is not available: the origin serves no images, and a report can do without. */
async function fetchImage(url: string, stop: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: stop });
    if (!response.ok || response.headers.get("content-type") !== "image/png") return null;
    return Buffer.from(await response.arrayBuffer()).toString("base64");
  } catch {
    return null;
  }
}

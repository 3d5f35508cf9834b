import { askFor } from "./ask.ts";
import { askParity, type ParityQuestion } from "./parity-query.ts";
import { reportOfParity } from "./report/of-parity.ts";
import type { ReportedSettings, RunReport } from "./report/run-report.ts";

interface BuiltInImage {
  readonly id: string;
  readonly label: string;
  /** From the edge's root. */
  readonly url: string;
}

/**
 * Asks a side for parity, and for what the reports show beside it: what each picture is, and the worst ones themselves.
 * @throws Failure
 */
export async function askForReport(url: string, question: ParityQuestion, stop: AbortSignal): Promise<RunReport> {
  const answer = await askParity(url, question, stop);
  const images = await askFor<BuiltInImage[]>(
    url,
    "images",
    { query: "{ images { id label url } }", variables: {} },
    stop,
  );
  const worst = new Set(answer.pairs.map(({ worstImage }) => worstImage));
  const pictures = new Map<string, string>();
  for (const image of images.filter(({ id }) => worst.has(id))) {
    const png = await fetchPicture(`${url}${image.url}`, stop);
    if (png !== null) pictures.set(image.id, png);
  }
  return reportOfParity(answer, {
    tolerance: question.tolerance ?? null,
    options: optionsOf(question),
    images,
    pictures,
  });
}

/** Base64 of a PNG; null where it is not to be had: the origin serves no pictures, and a report stands without one. */
async function fetchPicture(url: string, stop: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: stop });
    if (!response.ok || response.headers.get("content-type") !== "image/png") return null;
    return Buffer.from(await response.arrayBuffer()).toString("base64");
  } catch {
    return null;
  }
}

function optionsOf({ images, backends, reference, model }: ParityQuestion): ReportedSettings["options"] {
  return {
    ...(images === undefined ? {} : { images }),
    ...(backends === undefined ? {} : { backends }),
    ...(reference === undefined ? {} : { reference }),
    ...(model === undefined ? {} : { model }),
  };
}

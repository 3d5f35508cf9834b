import type { Page } from "playwright-core";

/** Positions on the pad, as shares of its sides. */
export type Line = readonly (readonly [x: number, y: number])[];

export const SEVEN: Line = [
  [0.25, 0.22],
  [0.45, 0.21],
  [0.75, 0.2],
  [0.66, 0.4],
  [0.55, 0.6],
  [0.46, 0.82],
];
export const ONE: Line = [
  [0.52, 0.18],
  [0.5, 0.5],
  [0.48, 0.82],
];

export async function openPad(page: Page, edgeUrl: string): Promise<void> {
  await page.goto(`${edgeUrl}/#/draw`);
  await page.waitForSelector("main[data-request] .controls option[value='digits-exact']", { state: "attached" });
}

/** One stroke of the mouse. */
export async function draw(page: Page, line: Line): Promise<void> {
  const places = await onPad(page, line);
  const [[x, y] = [0, 0], ...rest] = places;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const [toX, toY] of rest) await page.mouse.move(toX, toY, { steps: 4 });
  await page.mouse.up();
}

export async function onPad(page: Page, line: Line): Promise<[number, number][]> {
  const box = await page.locator(".pad canvas").boundingBox();
  if (!box) throw new Error("the pad is not there");
  return line.map(([x, y]) => [box.x + box.width * x, box.y + box.height * y]);
}

/** Waits until every source has answered the newest request, and the attempt to save the results is over. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector(
    "main[data-running='false'][data-handed-over='true'] .answer-head:not([data-verdict='PENDING'])",
  );
}

export const marksOn = (page: Page): Promise<string | null> => page.locator(".pad canvas").getAttribute("data-marks");

export const labelShown = (page: Page): Promise<string | null> =>
  page.locator(".answer-label").getAttribute("data-label");

/** The grey levels of the preview. */
export function previewLevels(page: Page): Promise<number[]> {
  return page.locator(".seen canvas.pixels").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error("the preview is no canvas");
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return Array.from(data).filter((_, at) => at % 4 === 0);
  });
}

/** The operation and the bytes of every sketch that is sent from now on. */
export function sentSketches(page: Page): { readonly operation: string; readonly pixels: number[] }[] {
  const sent: { operation: string; pixels: number[] }[] = [];
  page.on("request", (request) => {
    if (!request.url().endsWith("/graphql")) return;
    const { operationName, variables } = request.postDataJSON() as {
      operationName: string;
      variables: { pixels?: string };
    };
    if (variables.pixels === undefined) return;
    sent.push({ operation: operationName, pixels: [...Buffer.from(variables.pixels, "base64")] });
  });
  return sent;
}

import { gzipSync } from "node:zlib";
import { findChromium, launchChromium } from "../../web/chromium.ts";

export interface FirstView {
  readonly files: number;
  readonly raw: number;
  readonly gzip: number;
}

/**
 * What a browser without a cache fetches until the page is at rest, but for the answers of /graphql.
 * @returns null where there is no Chromium
 */
export async function firstView(url: string): Promise<FirstView | null> {
  const executablePath = findChromium();
  if (executablePath === undefined) return null;
  const browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage();
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.ok() && new URL(response.url()).pathname !== "/graphql") bodies.push(response.body());
    });
    await page.goto(url, { waitUntil: "networkidle" });
    const contents = await Promise.all(bodies);
    return {
      files: contents.length,
      raw: contents.reduce((total, content) => total + content.length, 0),
      gzip: contents.reduce((total, content) => total + gzipSync(content).length, 0),
    };
  } finally {
    await browser.close();
  }
}

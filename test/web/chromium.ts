import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export const CHROMIUM_HINT = "no Chromium was found: install one (apt-get install chromium), or name it in CHROMIUM";

const FLAGS = [
  "--no-sandbox",
  "--headless",
  "--disable-background-networking",
  "--no-first-run",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU in software, with Chromium's SwiftShader: it needs no graphics card. */
const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/** CHROMIUM if it is set, or the first Chromium in PATH; undefined if there is none. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, "chromium")).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launchChromium(executablePath: string, { webgpu = false } = {}): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...FLAGS, ...(webgpu ? SOFTWARE_WEBGPU : ["--disable-gpu"])] });
}

/** A page and everything in its console. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors and violations of the content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** What a page shows must not depend on the machine's speed; a test's own limit ends the waiting. */
const PATIENCE_MS = 110_000;

/** Opens an empty page; `policy` is added to the server's policy of every document. */
export async function openWatched(
  browser: Browser,
  { policy, ...options }: BrowserContextOptions & { policy: string },
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  await page.exposeFunction("reportBreach", (directive: string, what: string) =>
    complaints.push(`policy: ${directive} refuses ${what}`),
  );
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (breach) => {
      const report: unknown = Reflect.get(globalThis, "reportBreach");
      if (typeof report === "function") report(breach.violatedDirective, breach.blockedURI);
    });
  });
  await context.route("**/*", async (route) => {
    if (route.request().resourceType() !== "document") return route.fallback();
    const response = await route.fetch();
    const sent = response.headers()["content-security-policy"];
    const both = sent === undefined ? policy : `${sent}, ${policy}`;
    return route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": both } });
  });
  return { page, complaints, close: () => context.close() };
}

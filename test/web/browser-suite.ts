import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { NO_VULKAN, triedBackend } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

interface SuiteOptions {
  /** Joined with the server's own content security policy, which it can only tighten. */
  readonly policy: string;
  /** The origin's WEBGPU takes seconds in software: only for suites that are about several backends. */
  readonly originWebgpu?: boolean;
  /** The browser's own WebGPU, in software. */
  readonly browserWebgpu?: boolean;
  /** The tests are one person's visit: a page stays open until another is. */
  readonly oneVisit?: boolean;
}

/** One stack and one browser, for all tests of a suite. */
export interface BrowserSuite {
  readonly stack: RunningStack;
  /** Everything that a person would find in the console of the page that was opened last. */
  readonly complaints: readonly string[];
  /** A page with nothing in it and no past; the one opened before it is closed. It ends with its test. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The same, showing an address of the page, e.g. `#/trace`. */
  visit(hash: string, options?: BrowserContextOptions): Promise<Page>;
}

const executablePath = findChromium();

/** Runs against the real stack in the real browser, both sides up at each test's begin; skipped where there is no Chromium. */
export function describeInBrowser(name: string, options: SuiteOptions, tests: (suite: BrowserSuite) => void): void {
  describe(name, skippedFor(executablePath ? null : CHROMIUM_HINT), () => {
    let stack: RunningStack | undefined;
    let browser: Browser | undefined;
    let watched: WatchedPage | undefined;

    beforeAll(async () => {
      const { originWebgpu = false, browserWebgpu = false } = options;
      // One after the other: what started before a failure is ended all the same.
      stack = await startStack({ env: originWebgpu ? {} : NO_VULKAN });
      browser = await launchChromium(executablePath ?? "", { webgpu: browserWebgpu });
      // A backend that came up between two looks would be in one of them only.
      if (originWebgpu) await triedBackend(stack.origin(), "WEBGPU");
    });
    // For the tests that end a side; nothing happens where both run.
    beforeEach(() => Promise.all([stack?.startOrigin(), stack?.startEdge()]));
    afterEach(async () => {
      if (!options.oneVisit) await watched?.close();
    });
    afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

    const suite: BrowserSuite = {
      get stack() {
        return stack ?? never();
      },
      get complaints() {
        return watched?.complaints ?? never();
      },
      async open(context = {}) {
        await watched?.close();
        watched = await openWatched(browser ?? never(), { viewport: DESKTOP, policy: options.policy, ...context });
        return watched.page;
      },
      async visit(hash, context = {}) {
        const page = await suite.open(context);
        await page.goto(`${suite.stack.edgeUrl}/${hash}`);
        return page;
      },
    };
    tests(suite);
  });
}

function never(): never {
  throw new Error("This is there only while a test runs.");
}

/** Leads an open page elsewhere without loading it anew. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((address) => void (location.hash = address), hash);
}

/** Waits until no query is on its way and the backends are listed. */
export async function answered(page: Page): Promise<void> {
  await page.waitForSelector('main[data-running="false"] .backends > li[data-available]', { state: "attached" });
}

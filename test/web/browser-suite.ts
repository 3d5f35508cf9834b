import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { NO_VULKAN, triedBackend } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { CHROMIUM_HINT, findChromium, launchChromium, openWatched, type WatchedPage } from "./chromium.ts";

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

interface SuiteOptions {
  /** Added to the server's own content security policy, which it can only tighten. */
  readonly policy: string;
  /** The origin's WEBGPU, which takes seconds in software: only for suites that need several backends. */
  readonly originWebgpu?: boolean;
  /** The browser's own WebGPU, in software. */
  readonly browserWebgpu?: boolean;
  /** The tests are one visit: a page stays open until another is opened. */
  readonly oneVisit?: boolean;
}

/** One stack and one browser for all tests of a suite. */
export interface BrowserSuite {
  readonly stack: RunningStack;
  /** Everything in the console of the last page. */
  readonly complaints: readonly string[];
  /** An empty page without storage; closes the previous one. It is closed at the end of its test. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The same, opened at an address of the page, e.g. `#/trace`. */
  visit(hash: string, options?: BrowserContextOptions): Promise<Page>;
}

const executablePath = findChromium();

/** Runs against a real stack in a real browser, with both sides running when a test starts; skipped without Chromium. */
export function describeInBrowser(name: string, options: SuiteOptions, tests: (suite: BrowserSuite) => void): void {
  describe(name, skippedFor(executablePath ? null : CHROMIUM_HINT), () => {
    let stack: RunningStack | undefined;
    let browser: Browser | undefined;
    let watched: WatchedPage | undefined;

    beforeAll(async () => {
      const { originWebgpu = false, browserWebgpu = false } = options;
      // In sequence, so that everything started before a failure is ended.
      stack = await startStack({ env: originWebgpu ? {} : NO_VULKAN });
      browser = await launchChromium(executablePath ?? "", { webgpu: browserWebgpu });
      // Otherwise a backend could become available in the middle of a test.
      if (originWebgpu) await triedBackend(stack.origin(), "WEBGPU");
    });
    // For tests that end a side; does nothing if both are running.
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
  throw new Error("This exists only while a test runs.");
}

/** Navigates an open page without loading it again. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((address) => void (location.hash = address), hash);
}

/** Waits until no query is running and the backends are listed. */
export async function answered(page: Page): Promise<void> {
  await page.waitForSelector('main[data-running="false"] .backends > li[data-available]', { state: "attached" });
}

import type { Browser } from "playwright-core";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckoutCopy, copyCheckout } from "../support/checkout-copy.ts";
import { ask } from "../support/graphql.ts";
import { type RunningCommand, startIsobit } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { CHROMIUM_HINT, findChromium, launchChromium } from "../web/chromium.ts";

/* `npm run dev` in a copy of the checkout, whose files are replaced by rename as git and `sed -i` replace them. */

const SIDES = ["edge", "origin"] as const;
const FREE_PORTS = { EDGE_PORT: "0", ORIGIN_PORT: "0", WEB_PORT: "0" };
const DESCRIPTION = /(builder\.objectRef<HealthResponse>\("Health"\)\.implement\(\{\n {2}description: )"[^"]*"/;

let checkout: CheckoutCopy;
let command: RunningCommand;

beforeAll(async () => {
  checkout = await copyCheckout();
  command = startIsobit(["dev"], { env: { ...FREE_PORTS, ...NO_VULKAN }, root: checkout.root });
  await command.says("Both sides run. Ctrl-C stops them.");
});

afterAll(async () => {
  command?.signal("SIGTERM");
  await command?.ended;
  await checkout?.remove();
});

function urlOf(side: (typeof SIDES)[number]): string {
  const url = new RegExp(`(http://\\S+)/graphql \\(${side}\\)`).exec(command.stdout())?.[1];
  if (url === undefined) throw new Error(`no address of the ${side} was printed`);
  return url;
}

/** Asks a side, which may be starting, until the data of its response is right. */
async function responds(side: (typeof SIDES)[number], query: string, isRight: (data: any) => boolean): Promise<void> {
  for (;;) {
    const response = await ask(urlOf(side), query).catch(() => null);
    if (response?.body.data && isRight(response.body.data)) return;
    await delay(50);
  }
}

async function describesHealthAs(text: string): Promise<void> {
  const query = '{ __type(name: "Health") { description } }';
  await Promise.all(SIDES.map((side) => responds(side, query, ({ __type }) => __type.description === text)));
}

describe("npm run dev", () => {
  test("serves what npm start serves", () => {
    expect(command.stdout()).toMatch(/^WASM against CPU: IDENTICAL; 10 of 10 images compared/m);
  });

  test.each(["First.", "Second."])("runs a source on both sides each time it is replaced: %s", async (text) => {
    await checkout.replace("schema/health.ts", (code) => code.replace(DESCRIPTION, `$1"${text}"`));
    await describesHealthAs(text);
  });

  test("serves changed data on both sides", async () => {
    await checkout.replace("images/manifest.json", (text) => JSON.stringify(JSON.parse(text).slice(0, 9)));
    await Promise.all(SIDES.map((side) => responds(side, "{ images { id } }", ({ images }) => images.length === 9)));
  });

  test("waits for the correction of a source that neither side can run", async () => {
    await checkout.replace("schema/health.ts", (code) => `${code}\nthis is not TypeScript\n`);
    const waits = (script: string): string =>
      `${script} ended with exit code 1; it starts again when a source changes.`;
    await Promise.all([command.says(waits("edge/serve")), command.says(waits("origin/main"))]);
    await checkout.replace("schema/health.ts", (code) =>
      code.replace("this is not TypeScript", "").replace(DESCRIPTION, '$1"Corrected."'),
    );
    await describesHealthAs("Corrected.");
    expect(command.stderr()).not.toContain("the stack stops");
  });

  test("shows a changed page without being asked to", async (context) => {
    const executablePath = findChromium();
    if (executablePath === undefined) return context.skip(CHROMIUM_HINT);
    const browser: Browser = await launchChromium(executablePath);
    try {
      const page = await browser.newPage();
      await page.goto(/Web client {2}(\S+)/.exec(command.stdout())?.[1] ?? "");
      await page.getByText("Runs one neural network").waitFor();
      // What the edge responds, through Vite.
      await page.locator('[data-verdict="IDENTICAL"]').first().waitFor();
      for (const text of ["First words.", "Second words."]) {
        await checkout.replace("web/views/Header.tsx", (code) => code.replace(/<p>[^<]*<\/p>/, `<p>${text}</p>`));
        await page.getByText(text).waitFor();
      }
      for (const title of ["First title", "Second title"]) {
        await checkout.replace("web/index.html", (html) => html.replace(/lang="[^"]*"/, `lang="${title}"`));
        await page.locator(`html[lang="${title}"]`).waitFor();
      }
    } finally {
      await browser.close();
    }
  });

  test("leaves nothing behind at Ctrl-C", async () => {
    const processes = descendantsOf(command.pid);
    const commandLines = processes.map(({ commandLine }) => commandLine).join("\n");
    for (const name of ["workerd serve", "edge/serve.ts", "origin/main.ts", "vite.js"]) {
      expect(commandLines).toContain(name);
    }
    const before = command.stderr();
    command.signal("SIGINT");
    const { code, stderr } = await command.ended;
    expect(code).toBe(0);
    expect(stderr.slice(before.length), "nothing to say about its own end").toBe("");
    while (processes.some(({ pid }) => isAlive(pid))) await delay(20);
  });
});

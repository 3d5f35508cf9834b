import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveSharedStack } from "./support/shared-stack.ts";
import ensurePageIsBuilt from "./web/built-page.ts";

/**
 * Once before all suites: what many of them would each do again. An edge takes the page's files from dist/web, and a
 * command that answers in a tenth of a second reads its sources for five of them: Node's compile cache, which every
 * process of the tests inherits, keeps what it has read.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const run = await mkdtemp(join(tmpdir(), "isobit-run-"));
  process.env["NODE_COMPILE_CACHE"] = join(run, "compiled");
  // For what suites make for each other, such as the packed tarball.
  process.env["ISOBIT_TEST_RUN"] = run;
  await ensurePageIsBuilt();
  const endSharedStack = await serveSharedStack();
  return async () => {
    await endSharedStack();
    await rm(run, { recursive: true, force: true, maxRetries: 10 });
  };
}

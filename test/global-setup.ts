import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ensurePageIsBuilt from "./web/built-page.ts";

/**
 * Once before all suites: what many of them would each do again. An edge takes the page's files from dist/web, and a
 * command that answers in a tenth of a second reads its sources for five of them: Node's compile cache, which every
 * process of the tests inherits, keeps what it has read.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const compiled = await mkdtemp(join(tmpdir(), "isobit-compiled-"));
  process.env["NODE_COMPILE_CACHE"] = compiled;
  await ensurePageIsBuilt();
  return () => rm(compiled, { recursive: true, force: true, maxRetries: 10 });
}

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { IsobitError } from "#core/errors.ts";
import { type Registry, serveRuntime } from "./registry.ts";

const OTHER = "1.29.99";
let cache: string;
let registry: Registry;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "isobit-cache-"));
});
beforeEach(async () => {
  registry = await serveRuntime(OTHER);
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("npm_config_registry", registry.url);
  vi.stubEnv("npm_config_cache", join(cache, "npm"));
  vi.stubEnv("npm_config_fetch_retries", "0");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await registry.close();
});
afterAll(async () => await rm(cache, { recursive: true, force: true }));

const run = (versions: readonly string[]) =>
  compare("digits", { backends: ["WASM"], versions, images: ["7"] }).then(({ report }) => report);

async function refusal(versions: readonly string[]): Promise<string> {
  const error: unknown = await run(versions).catch((failure: unknown) => failure);
  if (error instanceof IsobitError) return `${error.code}: ${error.message}`;
  throw new Error("nothing was refused");
}

describe("versions of ONNX Runtime", () => {
  it("that npm delivers with other bytes than the registry's hash are refused, and nothing of them is kept", async () => {
    registry.tamper();
    expect(await refusal([OTHER, "1.30.0"])).toMatch(
      /^INCOMPLETE: onnxruntime-web 1\.29\.99 could not be installed: .*integrity/i,
    );
    expect(await readdir(join(cache, "isobit", "runtimes"))).toEqual([]);
  });

  it("that do not exist, and backends that cannot have one, are refused", async () => {
    expect(await refusal(["9.9.9"])).toBe(
      "BAD_OPTION: npm has no onnxruntime-web 9.9.9. `npm view onnxruntime-web versions` lists them.",
    );
    const cuda = compare("digits", { backends: ["CUDA"], versions: [OTHER] });
    await expect(cuda).rejects.toThrow("CUDA runs only the version that isobit itself uses");
    await expect(compare("digits", { versions: ["../evil"] })).rejects.toThrow("is not a version");
  });

  it("are installed once, run side by side in processes of their own, and need no network again", async () => {
    const report = await run(["latest", "1.30.0"]);
    expect(report.environment.map(({ source, runtimeVersion }) => [source, runtimeVersion])).toEqual([
      [`WASM ort=${OTHER}`, OTHER],
      ["WASM ort=1.30.0", "1.30.0"],
    ]);
    expect(report).toMatchObject({
      outcome: "IDENTICAL",
      pairs: [{ reference: `WASM ort=${OTHER}`, other: "WASM ort=1.30.0", identical: 1, compared: 1 }],
      settings: { options: { ort: [OTHER, "1.30.0"] } },
    });
    const before = registry.asked.length;
    expect((await run([OTHER])).environment[0]?.runtimeVersion).toBe(OTHER);
    expect(registry.asked.length).toBe(before);
    await registry.close();
    // npm's own cache would answer too.
    vi.stubEnv("npm_config_cache", join(cache, "empty"));
    expect(await refusal(["latest"])).toMatch(
      /INCOMPLETE: npm could not tell the newest version.*installed: 1\.30\.0, 1\.29\.99/,
    );
    registry = await serveRuntime(OTHER);
  });
});

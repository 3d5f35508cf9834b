import { createContext, runInContext } from "node:vm";
import { build, type Rollup } from "vite";
import { beforeAll, describe, expect, it } from "vitest";
import { describeModel } from "#core/model/describe.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { int, linear, node } from "./build.ts";
import type * as entry from "./bundle-entry.ts";

/** Integers that only 64 bits hold, which a bundle without `long` would write as others. */
const far = { kind: "ints", value: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n] } as const;
const bytes = writeModel(
  linear(16, {}, [node("Softmax", ["logits"], ["p"]), node("Identity", ["p"], ["y"], { far, near: int(-1) })]),
);

/** The bundle in a context with JavaScript's own globals and nothing else: no Buffer, no require, no eval. */
async function bundleInBareContext(): Promise<typeof entry> {
  const path = new URL("bundle-entry.ts", import.meta.url).pathname;
  const built = (await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry: path, formats: ["iife"], name: "bundle" } },
  })) as Rollup.RollupOutput[];
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  return runInContext(`${built[0]?.output[0].code ?? ""}; bundle`, context) as typeof entry;
}

describe("the ONNX reader in a browser's bundle, without eval", () => {
  let bundle: typeof entry;
  beforeAll(async () => {
    bundle = await bundleInBareContext();
  });

  it("adapts a model to exactly the bytes that Node produces", async () => {
    const here = await describeModel({ id: "any", bytes });
    const there = await bundle.describeModel({ id: "any", bytes });
    expect(here.info.adaptations).toHaveLength(1);
    // Objects of another context have other prototypes; their JSON is what counts.
    expect(JSON.stringify(there.info)).toBe(JSON.stringify(here.info));
    expect([...there.executed]).toEqual([...here.executed]);
  });

  it("keeps 64-bit integers", () => {
    const again = bundle.rewrite(bytes);
    expect([...again]).toEqual([...bytes]);
    expect(readModel(Uint8Array.from(again)).graph.nodes.at(-1)?.attributes.get("far")).toEqual(far);
  });
});

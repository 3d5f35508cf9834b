import { readFile } from "node:fs/promises";
import { describe, expect, it, test } from "vitest";
import { BACKEND_IDS, BACKENDS, GPU_BACKEND_IDS } from "#core/backends.ts";
import { coverageOf } from "#core/certify/coverage.ts";
import { coveredWhere } from "#core/check/statements.ts";
import { gpuKinds } from "#origin/gpu-kinds.ts";

const DOCS = await readFile(new URL("../../docs/backends.md", import.meta.url), "utf8");
const BOTH = [true, false];

test("docs/backends.md lists each backend with its side and what runs, in order", () => {
  const section = /^# Backends\n([\s\S]*?)^## /m.exec(DOCS)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` *\| (\w+) *\| (\S.*?) *\|$/gm)].map(([, id, side]) => [id, side]);
  expect(rows).toEqual(BACKEND_IDS.map((id) => [id, BACKENDS[id].side.toLowerCase()]));
});

test("each GPU backend knows its devices, and answers to its own name and provider", () => {
  expect(gpuKinds({}).map(({ id, provider }) => [id, provider])).toEqual(
    GPU_BACKEND_IDS.map((id) => [id, BACKENDS[id].provider]),
  );
});

describe("the checker's list of covered backends", () => {
  const reaches = BOTH.flatMap((anyAlgorithm) =>
    BOTH.flatMap((tf32Safe) => [0, 1].map((webgpuFaults) => ({ anyAlgorithm, tf32Safe, webgpuFaults }))),
  );
  it.each(reaches)("is the certifier's for %o", (reach) => {
    const covered = coverageOf(reach).map(({ backend, optimizationLevels }) => [backend, optimizationLevels]);
    expect(coveredWhere(reach)).toEqual(covered);
  });
});

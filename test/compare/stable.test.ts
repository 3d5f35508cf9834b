import { beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "#cli/report/text/render.ts";
import { writeModel } from "#core/onnx/write.ts";
import { compare, type CompareResult } from "#library/compare/compare.ts";
import { model, node, value } from "../onnx/build.ts";

/** A float model whose first layer is fused at another level. */
const MODEL = "digits";

describe("a probe of one backend", () => {
  let probed: CompareResult;
  beforeAll(async () => {
    probed = await compare(MODEL, { backends: ["CPU"], stable: true, images: ["7", "2"] });
  });

  it("varies every setting, alone and together, and names each source after its settings", () => {
    const others = probed.report.pairs.map(({ other }) => other);
    for (const setting of ["level=all", "threads=1", "batch=8", "no arena", "no patterns", "session 2", "run 2"])
      expect(others).toContain(`CPU ${setting}`);
    expect(others.filter((name) => name.endsWith("no arena, no patterns batch=8 session 2 run 2"))).toHaveLength(4);
    expect(probed.report.pairs.every(({ reference, compared }) => reference === "CPU" && compared === 2)).toBe(true);
  });

  it("says in one table what changes the bits, and from which node on", () => {
    const text = renderReport(probed.report);
    const moved = probed.report.pairs.filter(({ differingElements }) => differingElements > 0);
    const line = text.split("\n").find((each) => each.startsWith(moved.length > 0 ? "The bits of CPU" : "None")) ?? "";
    for (const setting of ["level=all", "threads=1", "no arena", "session 2", "run 2"])
      expect(line.split(/[:;.] ?/).includes(setting)).toBe(moved.some(({ other }) => other === `CPU ${setting}`));
    expect(text.match(/^CPU, changed +verdict +identical/gm)).toHaveLength(1);
  });

  it("leaves out batches that the model does not take, and says so", async () => {
    const fixed = model({
      inputs: [value("x", [1, 3])],
      outputs: [value("y", [1, 3])],
      nodes: [node("Add", ["x", "x"], ["y"])],
    });
    const { report, notes } = await compare(writeModel(fixed), { backends: ["CPU"], stable: true, random: 2 });
    expect(report.outcome).toBe("IDENTICAL");
    expect(report.pairs.some(({ other }) => other.includes("batch"))).toBe(false);
    expect(notes.join(" ")).toContain("The batch is not varied.");
    expect(renderReport(report)).toContain("None of these changes a bit of CPU on these inputs.");
  });
});

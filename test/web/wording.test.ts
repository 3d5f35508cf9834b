import { CombinedError } from "urql";
import { describe, expect, it } from "vitest";
import { distinct, failuresOf, missingOutputs } from "../../web/failures.ts";
import type { Output, PairSummary, Report } from "../../web/queries.ts";
import { sentenceFor } from "../../web/verdicts.ts";

const LABELS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

function pair(fields: Partial<PairSummary> = {}): PairSummary {
  return {
    reference: "CPU",
    other: "WASM",
    verdict: "IDENTICAL",
    compared: 2,
    identical: 2,
    labelMismatches: 0,
    differingElements: 0,
    nonFiniteElements: 0,
    maxAbs: 0,
    meanAbs: 0,
    l2: 0,
    maxUlp: 0,
    worstImage: null,
    ...fields,
  };
}

function report(fields: Partial<Report>): Report {
  return {
    verdict: "IDENTICAL",
    model: { id: "digits", labels: LABELS },
    reference: "CPU",
    total: 2,
    pairs: [pair()],
    rows: [],
    startedAt: "2026-11-21T00:00:00.000Z",
    certificateViolations: [],
    elapsedMs: 1,
    ...fields,
  };
}

const answered = (source: string): Output => ({
  source,
  prediction: { label: "7", latencyMs: null, logits: { bits: "" } },
  error: null,
});
const failed = (source: string, message: string): Output => ({
  source,
  prediction: null,
  error: { code: "ORIGIN_UNREACHABLE", message },
});

describe("the verdict's sentence", () => {
  it("says how much was equal", () => {
    expect(sentenceFor(report({}))).toBe("CPU and WASM gave the same bits: all 20 logits of 2 images are equal.");
  });

  it("gives the largest difference, and says that the labels agree", () => {
    const pairs = [
      pair({ verdict: "DRIFT", identical: 1, differingElements: 3, maxAbs: 7.152557373046875e-7, maxUlp: 1024 }),
    ];
    expect(sentenceFor(report({ verdict: "DRIFT", pairs }))).toBe(
      "3 of 20 logits differ, by at most 7.2e-7 (1,024 ULP). All labels agree.",
    );
  });

  it("counts over all pairs, and names changed labels", () => {
    const webgpu = {
      other: "WEBGPU",
      verdict: "DRIFT",
      differingElements: 20,
      maxAbs: 2860,
      maxUlp: 9,
      labelMismatches: 1,
    } as const;
    expect(sentenceFor(report({ verdict: "DRIFT", pairs: [pair(), pair(webgpu)] }))).toBe(
      "Over 2 pairs of backends, 20 of 40 compared logits differ, by at most 2,860 (9 ULP). 1 label changed.",
    );
  });

  it("counts equal logits once, for any number of backends", () => {
    expect(sentenceFor(report({ pairs: [pair(), pair({ other: "WEBGPU" })] }))).toBe(
      "CPU, WASM, and WEBGPU gave the same bits: all 20 logits of 2 images are equal.",
    );
  });

  it("gives no distance if no finite values were compared", () => {
    const pairs = [
      pair({ verdict: "DRIFT", differingElements: 20, nonFiniteElements: 20, maxAbs: null, maxUlp: null }),
    ];
    expect(sentenceFor(report({ verdict: "DRIFT", pairs }))).toBe("20 of 20 logits differ. All labels agree.");
  });

  it("names the missing backends if there is no verdict", () => {
    const rows = [
      { image: "0", outputs: [answered("WASM"), failed("CPU", "down")], pairs: [] },
      { image: "1", outputs: [answered("WASM"), answered("CPU")], pairs: [] },
    ];
    const pairs = [pair({ verdict: "INCOMPLETE", compared: 1 })];
    expect(sentenceFor(report({ verdict: "INCOMPLETE", pairs, rows }))).toBe(
      "No verdict: CPU failed for 1 of 2 images.",
    );
    expect(sentenceFor(report({ verdict: "INCOMPLETE", pairs: [] }))).toContain("Only one backend ran");
  });
});

describe("the banner", () => {
  it("lists equal reasons of one backend once, with the number of images", () => {
    const outputs = ["0", "1"].map((image) => ({
      image,
      outputs: [answered("WASM"), failed("CPU", "down"), failed("WEBGPU", `down ${image}`)],
      pairs: [],
    }));
    const told = missingOutputs(report({ rows: outputs }));
    expect(told.map(({ message, extent }) => [message, extent])).toEqual([
      ["down", "CPU, 2 of 2 images"],
      ["down 0", "WEBGPU, 1 of 2 images"],
      ["down 1", "WEBGPU, 1 of 2 images"],
    ]);
  });

  it("says nothing when every backend answered", () => {
    const rows = [{ image: "0", outputs: [answered("WASM"), answered("CPU")], pairs: [] }];
    expect(missingOutputs(report({ rows }))).toEqual([]);
    expect(missingOutputs(undefined)).toEqual([]);
    expect(failuresOf(undefined)).toEqual([]);
  });

  it("distinguishes an edge that is down from one that refuses, each with advice", () => {
    const gone = failuresOf(new CombinedError({ networkError: new TypeError("Failed to fetch") }));
    expect(gone).toMatchObject([{ code: "EDGE_UNREACHABLE", advice: expect.stringContaining("`isobit start`") }]);
    const refusing = new CombinedError({
      graphQLErrors: [{ message: "No model is called x.", extensions: { code: "MODEL_NOT_FOUND" } }],
    });
    expect(failuresOf(refusing)).toMatchObject([
      { code: "MODEL_NOT_FOUND", message: "No model is called x.", advice: expect.stringContaining("another model") },
    ]);
  });

  it("lists equal failures of several queries once", () => {
    const gone = failuresOf(new CombinedError({ networkError: new TypeError("Failed to fetch") }));
    expect(distinct([...gone, ...gone, ...gone])).toEqual(gone);
  });
});

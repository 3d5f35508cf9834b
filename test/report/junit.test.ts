import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { XmlDocument, XmlElement, XsdValidator } from "libxml2-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodeOf } from "#cli/exit-codes.ts";
import { reportJunit } from "#cli/report/formats/junit.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { answered, aPair, aReport, aRow, aTrace, aViolation, compared, EQUAL } from "../support/reports.ts";
import { drifting, everything, incomplete, lonely, NASTY, nasty } from "./sample-reports.ts";

let schema: XmlDocument;
let structure: XsdValidator;

beforeAll(async () => {
  schema = XmlDocument.fromBuffer(await readFile(join(import.meta.dirname, "junit.xsd")));
  structure = XsdValidator.fromDoc(schema);
});

afterAll(() => {
  structure.dispose();
  schema.dispose();
});

/** Parses it with libxml2, and throws unless it has JUnit's structure. */
function read<Value>(report: RunReport, look: (document: XmlDocument) => Value): Value {
  const document = XmlDocument.fromString(reportJunit(report));
  try {
    structure.validate(document);
    return look(document);
  } finally {
    document.dispose();
  }
}

function attributes(document: XmlDocument, path: string, name: string): (string | undefined)[] {
  return document.find(path).map((node) => (node instanceof XmlElement ? node.attr(name)?.value : undefined));
}

test("one suite per pair, one case per input, and the numbers if bits differ", () => {
  read(drifting(), (document) => {
    expect(attributes(document, "//testsuite", "name")).toEqual(["WASM against CPU"]);
    expect(attributes(document, "//testcase", "name")).toEqual(["input 3", "input 7"]);
    expect(attributes(document, "//testcase[@name='input 7']/failure", "message")).toEqual([
      "DRIFT: 1 element differs, max |a-b| 2.38e-7, max ULP 2",
    ]);
    expect(attributes(document, "/testsuites", "failures")).toEqual(["1"]);
    expect(attributes(document, "/testsuites", "errors")).toEqual(["0"]);
    expect(attributes(document, "//property[@name='model digits']", "value")).toEqual(["d".repeat(64)]);
  });
});

test("a different label is reported", () => {
  const other = answered("WASM", { classIndex: 1, label: "one", logits: [-2, 1.5] });
  read(compared({ "7": [answered("CPU"), other] }), (document) => {
    expect(attributes(document, "//failure", "message")[0]).toMatch(/, the labels differ$/);
  });
});

test("where drift begins is said by the input's case: every case is one that can fail", () => {
  const trace = aTrace({ input: "7" });
  read(drifting({ traces: [trace] }), (document) => {
    expect(attributes(document, "//testcase", "name")).toEqual(["input 3", "input 7"]);
    expect(document.find("//testcase[@name='input 7']/system-out")[0]?.content).toContain("first differs from CPU");
  });
  read(drifting({ traces: [{ ...trace, outcome: "WRONG_RESULT" }] }), (document) => {
    expect(attributes(document, "//testcase[failure]", "name")).toEqual([
      "input 7",
      "trace of WASM against CPU, input 7",
    ]);
  });
});

test("a missing result is an error with its reason, not a failure", () => {
  read(incomplete(), (document) => {
    expect(document.find("//failure")).toEqual([]);
    expect(attributes(document, "//testcase[@name='input 7']/error", "message")).toEqual([
      "INCOMPLETE: CPU: ORIGIN_UNREACHABLE: The origin cannot be reached.",
    ]);
  });
});

test("within the tolerance passes, and lists what differs", () => {
  const report = drifting({ settings: { tolerance: { ulp: 4 }, outputTolerances: {}, options: {} } });
  read(report, (document) => {
    expect(document.find("//failure|//error")).toEqual([]);
    expect(document.find("//testcase[@name='input 7']/system-out")[0]?.content).toMatch(/^WITHIN_TOLERANCE: 1 element/);
  });
});

test("wrong results and violated certificates fail in their own suite", () => {
  read(everything(), (document) => {
    expect(attributes(document, "//testsuite[last()]", "name")).toEqual(["wrong results and violated certificates"]);
    expect(attributes(document, "//testsuite[last()]//failure", "type")).toEqual([
      "WRONG_RESULT",
      "CERTIFICATE_VIOLATED",
    ]);
  });
});

test("if the report has only some inputs of a run, all inputs are one more case", () => {
  const pair = aPair({ ...EQUAL, verdict: "DRIFT", compared: 60_000, differingElements: 9, worstInput: "7" });
  read(aReport({ verdict: "DRIFT", total: 60_000, pairs: [pair], rows: [aRow("7")] }), (document) => {
    expect(attributes(document, "//testcase", "name")).toEqual(["input 7", "all 60000 inputs"]);
    expect(attributes(document, "//failure", "message")[0]).toMatch(/^DRIFT: 9 elements differ/);
  });
});

describe("something fails exactly if the command does not exit with 0", () => {
  const within = drifting({ settings: { tolerance: { abs: 1 }, outputTolerances: {}, options: {} } });
  const violated = aReport({ certificateViolations: [aViolation()] });
  test.each<[string, RunReport]>([
    ["equal", aReport()],
    ["drift", drifting()],
    ["within the tolerance", within],
    ["incomplete", incomplete()],
    ["one source alone", lonely()],
    ["a broken certificate", violated],
    ["everything", everything()],
  ])("%s", (_name, report) => {
    const broken = read(report, (document) => document.find("//failure|//error").length > 0);
    expect(broken).toBe(exitCodeOf(report) !== 0);
  });
});

test("external names stay text, with any content", () => {
  read(nasty(), (document) => {
    // XML has no such control characters; the rest is kept, with the white space of attributes.
    const readable = NASTY.replaceAll("\u0000", "").replaceAll("\u0008", "").replaceAll("\n", " ");
    expect(attributes(document, "//testcase", "name").map((name) => name?.replaceAll("\n", " "))).toContain(
      `input ${readable}`,
    );
  });
});

test("any text gives well-formed XML", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab<>&\"']]>-!/ \n\t\u0000\u0001\u000b\ufffe\ud800é") });
  fc.assert(
    fc.property(text, text, (input, message) => {
      const failure = { source: "CPU", error: { code: "BACKEND_FAILED", message } };
      const row = aRow(input, {
        outputs: [{ ...answered("CPU"), ...failure, prediction: null, tensors: [] }],
        pairs: [{ ...EQUAL, reference: "CPU", other: "WASM", labelsMatch: null, verdict: "INCOMPLETE" }],
      });
      const trace = { ...everything().traces[0]!, input };
      read(aReport({ rows: [row], traces: [trace] }), (document) => expect(document.find("//error")).toHaveLength(1));
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BACKEND_IDS } from "#core/backends.ts";
import { parseBackends, parseBound, parseIds, parseSideUrl, parseUlp } from "#cli/arguments.ts";

describe("lists", () => {
  const id = fc.stringMatching(/^[\w.:-]{1,8}$/);

  test("ids joined by commas come back, with or without blanks around them", () => {
    fc.assert(
      fc.property(fc.array(id, { minLength: 1 }), fc.constantFrom(",", ", ", " ,"), (ids, comma) => {
        expect(parseIds(ids.join(comma))).toEqual(ids);
      }),
    );
  });

  test("an option given twice adds up", () => {
    expect(parseIds("7", parseIds("3,5"))).toEqual(["3", "5", "7"]);
  });

  test.each(["", ",", "3,", " ", "3,,7"])("an empty name is refused: %j", (text) => {
    expect(() => parseIds(text)).toThrow(/commas/);
  });

  test("backends are known in either case", () => {
    expect(parseBackends("wasm,Cpu,CUDA_TF32")).toEqual(["WASM", "CPU", "CUDA_TF32"]);
  });

  test.each(["GPU", "WASM,", "cuda tf32", "toString"])("an unknown backend is refused: %j", (text) => {
    expect(() => parseBackends(text)).toThrow();
  });

  test("the refusal of an unknown backend names the known ones", () => {
    for (const known of BACKEND_IDS) expect(() => parseBackends("GPU")).toThrow(known);
  });
});

describe("numbers", () => {
  test("every finite number from 0 on is a bound, as JavaScript writes it", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (bound) => {
        expect(parseBound(String(bound))).toBe(bound);
      }),
    );
  });

  test.each(["", " ", "-1", "-1e-9", "NaN", "Infinity", "1e999", "one", "1,5"])("no bound: %j", (text) => {
    expect(() => parseBound(text)).toThrow(/finite number/);
  });

  test("ULP are whole numbers that GraphQL's Int can carry", () => {
    expect(parseUlp("0")).toBe(0);
    expect(parseUlp("2147483647")).toBe(2_147_483_647);
  });

  test.each(["", "1.5", "-1", "1e3", "2147483648", "0x10", " 4"])("no ULP: %j", (text) => {
    expect(() => parseUlp(text)).toThrow(/whole number/);
  });
});

describe("--url", () => {
  test.each([
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://localhost:8787/", "http://localhost:8787"],
    ["http://localhost:8787/graphql", "http://localhost:8787"],
    ["https://example.org/edge/", "https://example.org/edge"],
    ["https://example.org/edge/graphql/", "https://example.org/edge"],
  ])("%s is the side at %s", (text, root) => {
    expect(parseSideUrl(text)).toBe(root);
  });

  test.each([
    "",
    "localhost:8787",
    "/graphql",
    "ftp://example.org",
    "http://",
    "http://me:secret@example.org",
    "http://a/?x=1",
  ])("refused: %j", (text) => {
    expect(() => parseSideUrl(text)).toThrow();
  });
});

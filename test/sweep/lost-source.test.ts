import { describe, expect, test } from "vitest";
import { BACKENDS, type BackendId } from "#core/backends.ts";
import { unavailable } from "#core/backends/backend.ts";
import { lostSource } from "#library/sweep/lost-source.ts";

/* Which errors end a sweep, and which are a row's own. */

function status(backend: BackendId, available: boolean) {
  return { ...unavailable(backend, "it is not there"), available, side: BACKENDS[backend].side };
}

const BOTH = { environment: [status("WASM", true), status("CPU", true)] };

function row(code: string, { source = "CPU", read = true } = {}) {
  const outputs = ["WASM", "CPU"].map((each) => ({
    source: each,
    error: each === source || !read ? { code, message: `${each} said ${code}.` } : null,
  }));
  return [{ inputSha256: read ? "a".repeat(64) : null, outputs }];
}

const everybody = (): boolean => true;
const none = (): boolean => false;

describe("a source counts as lost", () => {
  test("where its side was there and cannot be reached", () => {
    expect(lostSource(row("ORIGIN_UNREACHABLE"), BOTH, none)?.source).toBe("CPU");
  });

  test("where it answered before and now is not available", () => {
    const lost = lostSource(row("BACKEND_UNAVAILABLE", { source: "WASM" }), BOTH, everybody);
    expect(lost).toEqual({ source: "WASM", message: "WASM said BACKEND_UNAVAILABLE." });
  });

  test("where the origin, which was compared, is missing to decode an image", () => {
    expect(lostSource(row("ORIGIN_UNREACHABLE", { read: false }), BOTH, none)?.source).toBe("CPU");
  });
});

describe("a source does not count as lost", () => {
  test("where it never was there", () => {
    const alone = { environment: [status("WASM", true), status("CPU", false)] };
    expect(lostSource(row("ORIGIN_UNREACHABLE"), alone, none)).toBeNull();
  });

  test("where it is there and will not run the model, as with one too large for a Worker", () => {
    expect(lostSource(row("BACKEND_UNAVAILABLE", { source: "WASM" }), BOTH, (each) => each === "CPU")).toBeNull();
  });

  test("where an image needs an origin that is not compared", () => {
    const edge = { environment: [status("WASM", true)] };
    expect(lostSource(row("ORIGIN_UNREACHABLE", { read: false }), edge, everybody)).toBeNull();
  });

  test.each(["BAD_INPUT", "UNSUPPORTED_IMAGE", "INPUT_TOO_LARGE", "BACKEND_FAILED", "TIMEOUT"])("by %s", (code) => {
    expect(lostSource(row(code), BOTH, everybody)).toBeNull();
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDelta,
  formatMebibytes,
  formatMilliseconds,
  NO_NUMBER,
  plural,
} from "../../web/format.ts";

const positive = fc.double({ min: 2 ** -149, max: 2 ** 127, noNaN: true });
const read = (text: string): number => Number(text.replaceAll(",", ""));

describe("a difference on the page", () => {
  it("is shown as 0 only if it is 0", () => {
    expect(formatDelta(0)).toBe("0");
    fc.assert(fc.property(positive, (delta) => read(formatDelta(delta)) > 0));
  });

  it("keeps at least two digits at every magnitude", () => {
    fc.assert(
      fc.property(positive, (delta) => {
        expect(Math.abs(read(formatDelta(delta)) - delta)).toBeLessThanOrEqual(delta * 0.0501);
      }),
    );
  });

  it("is short enough for a table's cell", () => {
    expect([7.152557373046875e-7, 2 ** -149, 0.0123456, 2860, 3.4e38].map(formatDelta)).toEqual([
      "7.2e-7",
      "1.4e-45",
      "0.0123",
      "2,860",
      "3.4e38",
    ]);
    fc.assert(fc.property(positive, (delta) => formatDelta(delta).length <= 9));
  });

  it("is a dash if no finite values were compared, never a 0", () => {
    expect([formatDelta(null), formatCount(null), formatMilliseconds(null)]).toEqual([NO_NUMBER, NO_NUMBER, NO_NUMBER]);
    expect(NO_NUMBER).not.toMatch(/\d/);
  });
});

describe("a count on the page", () => {
  it("shows every digit of any ULP distance", () => {
    expect(formatCount(4_278_190_081)).toBe("4,278,190,081");
    fc.assert(fc.property(fc.nat(2 ** 32), (count) => read(formatCount(count)) === count));
  });

  it("agrees with its noun", () => {
    expect([0, 1, 10_000].map((count) => plural(count, "image"))).toEqual(["0 images", "1 image", "10,000 images"]);
  });
});

describe("a duration on the page", () => {
  it("is never shown as 0 if some time was measured", () => {
    const duration = fc.double({ min: 1e-9, max: 1e6, noNaN: true });
    fc.assert(fc.property(duration, (ms) => /[1-9]/.test(formatMilliseconds(ms))));
    expect([0, 0.004, 0.42, 38.4, 1234].map(formatMilliseconds)).toEqual([
      "0.00 ms",
      "< 0.01 ms",
      "0.42 ms",
      "38 ms",
      "1.23 s",
    ]);
  });
});

describe("a size on the page", () => {
  it("is in powers of ten", () => {
    expect([999, 438_123, 25_000_000].map(formatBytes)).toEqual(["999 B", "438 kB", "25 MB"]);
  });
});

describe("a limit on bytes", () => {
  it("is a whole number of MiB, and a larger size never looks equal", () => {
    const limit = 10 * 1024 * 1024;
    expect([limit, limit + 1, 2 * limit].map(formatMebibytes)).toEqual(["10 MiB", "10.1 MiB", "20 MiB"]);
  });
});

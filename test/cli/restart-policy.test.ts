import fc from "fast-check";
import { expect, test } from "vitest";
import { restartPolicy } from "#node/restart-policy.ts";

test("three crashes within a minute are allowed, the fourth is not", () => {
  const mayRestart = restartPolicy();
  expect([0, 20_000, 40_000, 59_999].map(mayRestart)).toEqual([true, true, true, false]);
});

test("an exit more than a minute ago no longer counts", () => {
  const mayRestart = restartPolicy();
  expect([0, 20_000, 40_000, 60_000].map(mayRestart)).toEqual([true, true, true, true]);
});

test("a restart is refused if and only if there were four crashes within one minute", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40_000), { maxLength: 30 }), (gaps) => {
      const mayRestart = restartPolicy();
      const deaths: number[] = [];
      for (const gap of gaps) {
        const now = (deaths.at(-1) ?? 0) + gap;
        deaths.push(now);
        const fourth = deaths.at(-4);
        expect(mayRestart(now)).toBe(fourth === undefined || now - fourth >= 60_000);
      }
    }),
  );
});

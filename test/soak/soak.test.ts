import { expect, it } from "vitest";
import { soak } from "./soak.ts";

it("answers with the right bits or a typed error while its processes are killed and stopped", async () => {
  const pause = { from: 1_500, to: 3_000 };
  const result = await soak({ disturbMs: 8_000, steadyMs: 2_000, callers: 2, seed: 3, pause });
  expect(result.wrong).toEqual([]);
  expect(result.lost).toEqual([]);
  expect(result.right).toBeGreaterThan(0);
  expect(result.disturbances.length).toBeGreaterThan(0);
});

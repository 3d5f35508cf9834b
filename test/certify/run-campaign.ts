import { spawn } from "node:child_process";
import { once } from "node:events";

/* `npm run soundness`: the random suites at full size, unless the environment sets another. */

const FULL_SIZE = { SOUNDNESS_GRAPHS: "2000", SOUNDNESS_MUTANTS: "2000", SOUNDNESS_SEED: "random" };
const SUITES = ["soundness", "mutants", "webgpu-soundness"].map((name) => `test/certify/${name}.test.ts`);

const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...SUITES], {
  env: { ...FULL_SIZE, ...process.env },
  stdio: "inherit",
});
const [code] = (await once(child, "exit")) as [number | null];
process.exitCode = code ?? 1;

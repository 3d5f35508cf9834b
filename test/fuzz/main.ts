import { NO_VULKAN } from "../support/origin.ts";
import { startStack } from "../support/stack.ts";
import { showFailure } from "./failure.ts";
import { fuzz } from "./fuzz.ts";

/* npm run fuzz: mutated requests on all faces and mutated files. FUZZ_REQUESTS (100000), FUZZ_SEED (1). Exit code 1 on a failure. */

const total = Number(process.env["FUZZ_REQUESTS"] || 100_000);
const seed = Number(process.env["FUZZ_SEED"] || 1);
const from = performance.now();
const stack = await startStack({ env: NO_VULKAN });
try {
  const { requests, failures } = await fuzz(stack, total, seed);
  console.log(`| measure | value |
| --- | --- |
| requests to faces | ${requests.faces} |
| ONNX files | ${requests.onnx} |
| Paragon files | ${requests.paragon} |
| failures | ${failures.length} |
| seed, seconds | ${seed}, ${((performance.now() - from) / 1000).toFixed(0)} |`);
  for (const failure of failures.slice(0, 50)) console.log(showFailure(failure));
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await stack.stop();
}

import { soak } from "./soak.ts";

/*
 * npm run soak: mixed load at both sides while their processes are killed, stopped and continued at random; then load alone.
 * SOAK_SECONDS (600), SOAK_SEED (1). Exit code 1 on a breach. Linux only.
 */

const MAX_GROWTH = 1.1;
const MAX_P99_RATIO = 20;

const seconds = Number(process.env["SOAK_SECONDS"] || 600);
const seed = Number(process.env["SOAK_SEED"] || 1);
const half = (seconds * 1000) / 2;
const result = await soak({ disturbMs: half, steadyMs: half, callers: 6, seed });

const { idle, loaded } = result.p99;
const grown = result.memory.filter(({ early, late }) => late > early * MAX_GROWTH);
const count = (what: string): number => result.disturbances.filter((each) => each.what === what).length;
console.log(`| measure | value |
| --- | --- |
| seconds, seed | ${seconds}, ${seed} |
| parts with the golden bits | ${result.right} |
| parts with other bits | ${result.wrong.length} |
| lost without a typed error | ${result.lost.length} |
| connections cut by the death of the process that held them | ${result.cut} |
| typed errors | ${[...result.errors].map(([code, times]) => `${code} ${times}`).join(", ") || "none"} |
| processes killed, stopped | ${count("killed")}, ${count("stopped")} |
| recovery after the last one, ms | ${result.recoveredMs.toFixed(0)} |
| starts of \`isobit start\` | ${result.starts} |
| p99 of a small predict, idle and loaded, ms | ${idle.toFixed(1)}, ${loaded.toFixed(1)} (ratio ${(loaded / idle).toFixed(1)}) |`);
for (const { role, pid, early, late } of result.memory) {
  console.log(`| MiB of ${role} ${pid}, early and late | ${early.toFixed(0)}, ${late.toFixed(0)} |`);
}
for (const { role, what, from, to } of result.disturbances)
  console.log(`${what} ${role} for ${(to - from).toFixed(0)} ms`);
for (const line of [...result.wrong, ...result.lost].slice(0, 50)) console.log(line);

const breached =
  result.wrong.length > 0 ||
  result.lost.length > 0 ||
  result.right === 0 ||
  grown.length > 0 ||
  !(loaded / idle <= MAX_P99_RATIO);
process.exitCode = breached ? 1 : 0;

import { readFileSync } from "node:fs";

/** Features that decide how a runtime multiplies and adds, by Linux's names for x86-64 and arm64. */
const DECISIVE =
  /^(sse4_2|avx|avx2|fma|f16c|avx512f|avx512_vnni|avx_vnni|avx512_bf16|amx_tile|amx_int8|amx_bf16|asimd|asimddp|asimdhp|i8mm|bf16|sve)$/;

/** This processor's features; null where the system does not list them in /proc/cpuinfo. */
export function cpuFeatures(): readonly string[] | null {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
    return flags === undefined ? null : flags.split(" ").filter((flag) => DECISIVE.test(flag));
  } catch {
    return null;
  }
}

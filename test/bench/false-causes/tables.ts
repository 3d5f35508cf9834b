import type { Outcome } from "../../explain/false-causes.ts";
export function tables(o: readonly Outcome[]): string {
  return JSON.stringify(o.length);
}

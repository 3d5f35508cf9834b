import { rmSync } from "node:fs";

/** A name next to `folder` to build under before renaming; removed if this process ends first. */
export function unfinishedName(folder: string): string {
  const name = `${folder}.${process.pid}`;
  process.once("exit", () => rmSync(name, { recursive: true, force: true }));
  return name;
}

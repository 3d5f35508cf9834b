import { rmSync } from "node:fs";

/** A name beside `folder` to build under, until it is renamed; gone where this process ends before that. */
export function unfinishedName(folder: string): string {
  const name = `${folder}.${process.pid}`;
  process.once("exit", () => rmSync(name, { recursive: true, force: true }));
  return name;
}

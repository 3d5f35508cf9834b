import { InvalidArgumentError } from "commander";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { builtInIds } from "#library/inputs/built-in-images.ts";
import { MAX_INT } from "#library/stack/limits.ts";

/* Parsers of single options. Each throws commander's InvalidArgumentError, which names the option. */

/** "3,7" -> ["3", "7"]; an option given twice adds up. */
export function parseIds(text: string, before: readonly string[] = []): string[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.includes("")) throw new InvalidArgumentError("Give names separated by commas, e.g. 3,7.");
  return [...before, ...ids];
}

/** "0-2,7" -> ["0", "1", "2", "7"]. @throws IsobitError BAD_OPTION for an unknown id, naming the valid ones */
export function parseImages(text: string, before: readonly string[] = []): string[] {
  return [...before, ...builtInIds(text)];
}

export function parseBackends(text: string, before: readonly BackendId[] = []): BackendId[] {
  return [...before, ...parseIds(text).map(parseBackend)];
}

export function parseBackend(text: string): BackendId {
  const id = BACKEND_IDS.find((known) => known === text.trim().toUpperCase());
  if (id === undefined) throw new InvalidArgumentError(`Known backends: ${BACKEND_IDS.join(", ")}.`);
  return id;
}

export function parseBound(text: string): number {
  const bound = Number(text);
  if (text.trim() !== "" && bound >= 0 && bound < Infinity) return bound;
  throw new InvalidArgumentError("It must be a finite number, 0 or more, e.g. 1e-5.");
}

export function parseUlp(text: string): number {
  const ulp = Number(text);
  if (/^\d+$/.test(text) && ulp <= MAX_INT) return ulp;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAX_INT}, e.g. 4.`);
}

export function parseSeed(text: string): number {
  if (/^\d+$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 0 to 4294967295, e.g. 7.");
}

/** A side's root, given directly or as the address of its GraphQL. */
export function parseSideUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new InvalidArgumentError("It must be an http or https address, e.g. http://localhost:8787.");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new InvalidArgumentError("Leave out the user name, the password and the query.");
  }
  return `${url.origin}${url.pathname}`.replace(/\/(graphql\/?)?$/, "");
}

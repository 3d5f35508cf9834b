import manifest from "../../package.json" with { type: "json" };

/** isobit's own, as its package says. */
export function ownVersion(): string {
  return manifest.version;
}

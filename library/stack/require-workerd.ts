import { IsobitError } from "#core/errors.ts";
import manifest from "../../package.json" with { type: "json" };

/**
 * Only a stack needs workerd, which is 138 MB: an install of the package leaves it out.
 * @throws IsobitError STACK_FAILED with the command that installs it
 */
export function requireWorkerd(): void {
  try {
    import.meta.resolve("workerd");
  } catch (error) {
    const needed = `workerd@${manifest.peerDependencies.workerd}`;
    throw new IsobitError(
      "STACK_FAILED",
      `Starting a stack needs workerd, Cloudflare's Worker runtime, which is not installed. ` +
        `Install it next to isobit: npm install "${needed}". compare, certify and exactify do not need it.`,
      { cause: error },
    );
  }
}

import { fileURLToPath } from "node:url";

/**
 * wrangler's own script, to be run by this Node: the one on the PATH may be too old for it. Looked for only
 * when it is needed, because an installed package goes without.
 */
export function wranglerScript(): string {
  return fileURLToPath(new URL("bin/wrangler.js", import.meta.resolve("wrangler/package.json")));
}

/** Quiet, and without the network. */
export function wranglerEnvironment(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...variables,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

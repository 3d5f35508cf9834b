import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

export const ROOT = dirname(dirname(import.meta.dirname));

/** Everything that is built for the edge. */
export const DIST = join(ROOT, "dist", "edge");

/** Where wrangler.toml says the assets are. */
export const ASSETS = join(DIST, "assets");

/** The Worker of an installed package, which has nothing to build one from. */
export const SHIPPED_WORKER = join(DIST, "worker");

export const IS_CHECKOUT = existsSync(join(ROOT, "wrangler.toml"));

import { join } from "node:path";
import { ROOT } from "#node/installation.ts";

/** Everything that is built for the edge. */
export const DIST = join(ROOT, "dist", "edge");

/** The folder of the assets that wrangler.toml names. */
export const ASSETS = join(DIST, "assets");

/** The Worker of an installed package, which has nothing to build one from. */
export const SHIPPED_WORKER = join(DIST, "worker");

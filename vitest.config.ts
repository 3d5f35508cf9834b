import { configDefaults, defineConfig } from "vitest/config";
import { RunSummary } from "./test/support/run-summary.ts";

export default defineConfig({
  // Node's own conditions: with Vite's, graphql would be loaded twice (its development build next to the one that Yoga gets).
  ssr: { resolve: { conditions: ["node", "module-sync", "import"] } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**"],
    reporters: [...configDefaults.reporters, new RunSummary()],
    globalSetup: ["test/global-setup.ts"],
    // As isobit itself sets it (node/no-telemetry.ts), for tests that load the runtime directly.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Two cores are what CI has; the suites start real servers.
    maxWorkers: 2,
  },
});

import process from "node:process";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";
import { readVariable } from "../core/variables.ts";

const EDGE = readVariable("EDGE_URL", process.env, (url) => URL.parse(url));

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  // onnxruntime-web's own name for builds without its WebAssembly in them: the edge serves that, and it loads when it is used.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es" },
  // Patterns, because web/graphql.ts and web/models/ are the page's own sources.
  server: {
    proxy: {
      "^/graphql$|^/graphql\\?": EDGE,
      "/images/": EDGE,
      "/onnxruntime-web/": EDGE,
      "^/models/(catalogue\\.json|[0-9a-f]{64}\\.onnx)$": EDGE,
    },
  },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // The page's policy is default-src 'self': nothing may become a data: address, nothing may be inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

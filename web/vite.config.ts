import process from "node:process";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const EDGE = process.env["EDGE_URL"] ?? "http://localhost:8787";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  // onnxruntime-web's name for builds without WebAssembly inside: the edge serves that file, loaded on first use.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es" },
  // Patterns, because the page has its own /graphql.ts and /models/.
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
    // The page's policy is default-src 'self': no data: addresses, nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

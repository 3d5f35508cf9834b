import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const EDGE = "http://localhost:8787";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  server: { proxy: { "/graphql": EDGE, "/images": EDGE } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // The page's policy is default-src 'self': nothing may become a data: address, nothing may be inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

import { registerHooks } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/*
 * Runs a script with another version of ONNX Runtime: `node with-runtime.ts <folder> <script> [arguments]`. What the script
 * imports from onnxruntime-node or onnxruntime-web comes from the folder's node_modules.
 */

const [node = "", , folder = "", script = "", ...rest] = process.argv;
const parentURL = pathToFileURL(join(folder, "package.json")).href;
registerHooks({
  resolve(specifier, context, next) {
    if (!/^onnxruntime-(?:node|web)(?:\/|$)/.test(specifier)) return next(specifier, context);
    try {
      return next(specifier, { ...context, parentURL });
    } catch (error) {
      // Before 1.21, onnxruntime-web had no entry for WebAssembly alone.
      if (specifier !== "onnxruntime-web/wasm") throw error;
      return next("onnxruntime-web", { ...context, parentURL });
    }
  },
});
process.argv = [node, script, ...rest];
await import(pathToFileURL(script).href);

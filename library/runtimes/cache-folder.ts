import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where versions of ONNX Runtime are kept: each in a folder of its own, which may be deleted at any time. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "isobit", "runtimes");
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { scriptPath } from "#node/installation.ts";

/** As `isobit setup-cuda` takes them. */
export interface CudaOptions {
  readonly from?: string;
  readonly into?: string;
  readonly force?: boolean;
}

/** The origin's own script, which writes to this terminal. @returns its exit code; null where a signal ended it */
export async function setUpCuda({ from, into, force }: CudaOptions): Promise<number | null> {
  const args = [
    ...(from === undefined ? [] : ["--from", from]),
    ...(into === undefined ? [] : ["--into", into]),
    ...(force === true ? ["--force"] : []),
  ];
  const child = spawn(process.execPath, [scriptPath("origin/setup-cuda"), ...args], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

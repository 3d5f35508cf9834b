import { existsSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { messageOf } from "#core/errors.ts";
import { IS_CHECKOUT, typed } from "#node/installation.ts";
import { bindingFolder } from "./cuda-libraries.ts";
import { type CudaSetup, setUpCuda } from "./cuda-setup.ts";
import { StartError } from "./start-error.ts";

/** `isobit setup-cuda`: adds ONNX Runtime's CUDA provider to onnxruntime-node, on a machine with an NVIDIA GPU. */

const USAGE = `Usage: ${typed("setup-cuda")}${IS_CHECKOUT ? " --" : ""} [--from DIR|WHEEL] [--into DIR] [--force]
  --from   folder or onnxruntime-gpu wheel that contains the provider's libraries, instead of a download with pip
  --into   where they go (default: the folder of onnxruntime-node)
  --force  continue without a GPU; only together with --from
`;

/** As docs/command.md lists them. */
const EXIT = { MISSING: 2, BAD_USAGE: 64, DEFECT: 70 };

function readArguments(): CudaSetup {
  const { values } = parseArgs({
    options: { from: { type: "string" }, into: { type: "string" }, force: { type: "boolean", default: false } },
  });
  if (values.from !== undefined && !existsSync(values.from))
    throw new Error(`--from ${values.from} does not exist; nothing was changed.`);
  if (values.force && values.from === undefined) throw new Error("--force needs --from");
  return { from: values.from, into: values.into ?? bindingFolder(), force: values.force };
}

async function main(): Promise<number> {
  let setup: CudaSetup;
  try {
    setup = readArguments();
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return EXIT.BAD_USAGE;
  }
  try {
    await setUpCuda(setup, process.env, console.log);
    return 0;
  } catch (error) {
    console.error(error instanceof StartError ? error.message : error);
    return error instanceof StartError ? EXIT.MISSING : EXIT.DEFECT;
  }
}

process.exitCode = await main();

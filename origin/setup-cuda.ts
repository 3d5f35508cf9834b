import process from "node:process";
import { parseArgs } from "node:util";
import { messageOf } from "#core/errors.ts";
import { bindingFolder } from "./cuda-libraries.ts";
import { type CudaSetup, setUpCuda } from "./cuda-setup.ts";
import { StartError } from "./start-error.ts";

/** `npm run setup:cuda`: puts ONNX Runtime's CUDA provider next to onnxruntime-node, on a machine with an NVIDIA GPU. */

const USAGE = `Usage: npm run setup:cuda -- [--from DIR|WHEEL] [--into DIR] [--force]
  --from   take the provider's libraries from a folder or an onnxruntime-gpu wheel, instead of downloading the wheel with pip
  --into   another folder than onnxruntime-node's
  --force  go on without a GPU; only together with --from
`;

const EXIT_BAD_USAGE = 64;

function readArguments(): CudaSetup {
  const { values } = parseArgs({
    options: { from: { type: "string" }, into: { type: "string" }, force: { type: "boolean", default: false } },
  });
  if (values.force && values.from === undefined) throw new Error("--force needs --from");
  return { from: values.from, into: values.into ?? bindingFolder(), force: values.force };
}

async function main(): Promise<number> {
  let setup: CudaSetup;
  try {
    setup = readArguments();
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    return EXIT_BAD_USAGE;
  }
  try {
    await setUpCuda(setup, process.env, console.log);
    return 0;
  } catch (error) {
    console.error(error instanceof StartError ? error.message : error);
    return 1;
  }
}

process.exitCode = await main();

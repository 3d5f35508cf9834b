import type { InputRow, InputSet, InputTarget } from "../inputs/input-set.ts";
import type { InputOptions } from "../inputs/input-options.ts";
import { openInputs } from "../inputs/open-inputs.ts";
import type { ComparedModel } from "./compared-model.ts";

/**
 * The inputs of one model or two. Two classifiers that take images in different ways (scale, mean, size, …) are each
 * fed the same images in its own way; any other two models are fed the same tensors.
 * @throws LibraryError
 */
export async function openInputsOf(options: InputOptions, models: readonly ComparedModel[]): Promise<InputSet> {
  const [first, second] = models;
  if (first === undefined) throw new Error("there is no model to feed");
  const inputs = await openInputs(options, targetOf(first));
  if (second === undefined || !fedInDifferentWays(first, second)) return inputs;
  const { expected: _, ...others } = options;
  return zipped(inputs, await openInputs(others, targetOf(second)));
}

function fedInDifferentWays(first: ComparedModel, second: ComparedModel): boolean {
  const [left, right] = [first.classifier, second.classifier];
  if (left === null || right === null) return false;
  const way = ({ preprocess, input }: typeof left): string =>
    JSON.stringify([preprocess, input.layout, input.width, input.height, input.channels]);
  return way(left) !== way(right);
}

function targetOf({ onnx, classifier, noImages }: ComparedModel): InputTarget {
  return { inputs: onnx.graph.inputs, outputs: onnx.graph.outputs, classifier, noImages };
}

function zipped(first: InputSet, second: InputSet): InputSet {
  async function* rows(): AsyncGenerator<InputRow> {
    const others = second[Symbol.asyncIterator]();
    for await (const row of first) {
      const other = await others.next();
      if (other.done === true) throw new Error(`${second.description} ended before ${first.description}`);
      yield { ...row, secondFeeds: other.value.feeds };
    }
  }
  const note =
    "The models take images in different ways: each is fed the same images in its own, and their nodes are not compared.";
  return {
    ...first,
    notes: [...first.notes, note],
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
    [Symbol.asyncIterator]: rows,
  };
}

import { elementsOf } from "../../tensors/tensor-value.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { floatFormatOf } from "./approximated.ts";
import { Arithmetic, type Estimate } from "./arithmetic.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { judgeCopy } from "./copying.ts";
import type { Given, Judgement, Operator, OutputJudge } from "./judge.ts";
import { possible, wrong } from "./judge.ts";
import { judgeChosen } from "./rounded-once.ts";
import { coordinatesOf, placeOf, stridesOf } from "./strides.ts";
import { judgeWithin } from "./within.ts";

/*
 * Scattering: each element of the output is the data's, combined with the updates whose index points there. Without a
 * reduction, ONNX does not define which of several updates is kept; with one, their order.
 */

const ANY_UPDATE = "Several updates point to this element, and ONNX does not define which one is kept.";

/** @param into the element of the output that each update points to */
function scattered(call: Call, into: readonly number[]): OutputJudge {
  const [data, updates] = [call.input(0), call.input(2)];
  const reduction = call.text("reduction", "none");
  const byElement = Map.groupBy(into.keys(), (update) => into[update]!);
  return {
    dims: data.dims,
    ...(reduction === "none" && { nonFinite: "kept" as const }),
    bound: {
      formula: "sums and products of the data and its updates in any order (sect. 3.3 and 4.2)",
      n: updates.length,
    },
    judge: (index, given) => {
      const found = byElement.get(index);
      if (found === undefined) return judgeCopy(data, index, given);
      if (reduction === "none") return judgeKept(updates, found, given);
      return judgeReduced(reduction, data, [data.numbers[index]!, ...found.map((at) => updates.numbers[at]!)], given);
    },
  };
}

function judgeKept(updates: Elements, found: readonly number[], given: Given): Judgement {
  const judged = found.map((at) => judgeCopy(updates, at, given));
  const fitting = judged.find(({ verdict }) => verdict !== "wrong");
  if (fitting === undefined) return judged.at(-1)!;
  const isOpen = found.some((at) => updates.words[at] !== updates.words[found[0]!]);
  return isOpen ? possible(ANY_UPDATE) : fitting;
}

function judgeReduced(reduction: string, data: Elements, numbers: readonly number[], given: Given): Judgement {
  const format = floatFormatOf(data);
  if (reduction === "max" || reduction === "min") {
    const choose = reduction === "max" ? Math.max : Math.min;
    return judgeChosen(choose(...numbers), format, given);
  }
  if (reduction !== "add" && reduction !== "mul") throw new NotAnalysed(`The reduction ${reduction} is not analysed.`);
  if (format === null) {
    const exact = numbers.reduce((total, each) => (reduction === "add" ? total + each : total * each));
    if (!Number.isSafeInteger(exact) || data.type !== "int64")
      throw new NotAnalysed(`The reduction ${reduction} of ${data.type} is not analysed.`);
    return exact === given.value ? { verdict: "right" } : wrong(exact);
  }
  const arithmetic = new Arithmetic(format, given.dialect);
  const terms = numbers.map((each) => arithmetic.given(each));
  const estimate: Estimate =
    reduction === "add" ? arithmetic.sum(terms) : terms.reduce((product, each) => arithmetic.times(product, each));
  return judgeWithin(format, estimate, given, null);
}

const byCoordinates: Operator = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  const depth = indices.dims.at(-1)!;
  const size = elementsOf(data.dims.slice(depth));
  const strides = stridesOf(data.dims);
  const at = call.integers(1);
  const into = Array.from({ length: call.input(2).length }, (_, update) => {
    const tuple = Math.floor(update / size);
    const coordinates = Array.from({ length: depth }, (__, axis) =>
      wrapped(at[tuple * depth + axis]!, data.dims[axis]!),
    );
    return placeOf(coordinates, strides) + (update % size);
  });
  return scattered(call, into);
};

const alongAxis: Operator = (call) => {
  const [data, indices] = [call.input(0), call.input(1)];
  const axis = call.axis(call.int("axis", 0), data.dims.length);
  const strides = stridesOf(data.dims);
  const into = call
    .integers(1)
    .map((to, update) =>
      placeOf(coordinatesOf(update, indices.dims).with(axis, wrapped(to, data.dims[axis]!)), strides),
    );
  return scattered(call, into);
};

function wrapped(index: number, size: number): number {
  return index < 0 ? index + size : index;
}

export const SCATTERING: Readonly<Record<string, Operator>> = {
  Scatter: alongAxis,
  ScatterElements: alongAxis,
  ScatterND: byCoordinates,
};

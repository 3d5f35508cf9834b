import { FLOAT_FORMATS, isFloatType, isSubnormal } from "../../tensors/float-format.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { type Given, type Judgement, type OutputJudge, RIGHT, special, wrong } from "./judge.ts";
import { FLUSHED, NAN_BITS, ZERO_SIGN } from "./rounded-once.ts";

interface Source {
  readonly from: Elements;
  readonly at: number;
}

/** @param sourceAt the input element for an index of the output */
export function copied(dims: readonly number[], sourceAt: (index: number) => Source): OutputJudge {
  return {
    dims,
    nonFinite: "kept",
    judge: (index, given) => {
      const { from, at } = sourceAt(index);
      return judgeCopy(from, at, given);
    },
  };
}

/** @param exactZero whether the sign of a zero must be kept; a CPU keeps it, because it copies memory */
export function judgeCopy(
  from: Elements,
  at: number,
  { value, word, dialect }: Given,
  exactZero = dialect === "ieee",
): Judgement {
  const source = from.numbers[at]!;
  if (from.words[at] === word) return RIGHT;
  if (!isFloatType(from.type)) return wrong(source);
  if (Number.isNaN(source) && Number.isNaN(value)) return special(NAN_BITS);
  if (!exactZero && source === 0 && value === 0) return special(ZERO_SIGN);
  if (dialect !== "ieee" && value === 0 && isSubnormal(FLOAT_FORMATS[from.type], source)) return special(FLUSHED);
  return wrong(source);
}

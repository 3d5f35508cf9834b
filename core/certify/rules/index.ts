import type { OperatorRule } from "../operator-rule.ts";
import type { Rule } from "../outcome.ts";
import { ADDITION } from "./addition.ts";
import { CLAMPING } from "./clamping.ts";
import { CONSTANT } from "./constant.ts";
import { CONV } from "./conv.ts";
import { MATRIX } from "./matrix.ts";
import { MOVING } from "./moving.ts";
import { POOLING } from "./pooling.ts";
import { ROUNDING } from "./rounding.ts";
import { SCALING } from "./scaling.ts";
import { SELECTING } from "./selecting.ts";
import { SHAPES } from "./shapes.ts";

/** Part of every certificate. Raise it when a rule certifies or claims something else; older checkers refuse a new operator anyway. */
export const RULES_VERSION = 3;

export type Rules = ReadonlyMap<string, Rule>;

/** Every operator that can be certified. */
export const OPERATORS: ReadonlyMap<string, OperatorRule> = new Map(
  Object.entries({
    ...ADDITION,
    ...CLAMPING,
    ...CONSTANT,
    ...CONV,
    ...MATRIX,
    ...MOVING,
    ...POOLING,
    ...ROUNDING,
    ...SCALING,
    ...SELECTING,
    ...SHAPES,
  }),
);

export const RULES: Rules = new Map([...OPERATORS].map(([op, { rule }]) => [op, rule]));

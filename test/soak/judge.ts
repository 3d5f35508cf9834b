import type { Parts } from "./questions.ts";

export interface Judged {
  /** Parts whose bits are not the golden ones, and parts that the response lacks or adds. */
  readonly wrong: readonly string[];
  /** Parts that hold an error in place of bits. */
  readonly errors: readonly string[];
  readonly right: number;
}

/** Compares a response with its golden, which has no errors. One error may stand for all parts of a response. */
export function judge(golden: Parts, got: Parts): Judged {
  const wrong: string[] = [];
  const errors: string[] = [];
  let right = 0;
  for (const [key, part] of got) {
    const expected = golden.get(key);
    if ("error" in part) errors.push(part.error);
    else if (expected && "value" in expected && expected.value === part.value) right += 1;
    else wrong.push(key);
  }
  const whole = got.size === golden.size || (got.size === 1 && errors.length === 1);
  if (!whole) wrong.push(`${got.size} parts, not ${golden.size}`);
  return { wrong, errors, right };
}

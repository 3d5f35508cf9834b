import type { Verdict as VerdictName } from "#core/verdicts/verdict.ts";
import { VERDICT_FACES } from "../verdicts.ts";

/** A verdict inside a table: sign, word and colour. */
export function Verdict({ of }: { readonly of: VerdictName }) {
  const { sign, word } = VERDICT_FACES[of];
  return (
    <span className="badge" data-verdict={of}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}

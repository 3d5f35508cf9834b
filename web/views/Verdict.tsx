import type { Verdict as VerdictName } from "#core/verdicts/verdict.ts";
import { VERDICT_FACES } from "../verdicts.ts";

interface Props {
  readonly of: VerdictName;
  /** Bits differ although a certificate proves them equal. */
  readonly broken?: boolean;
}

/** A verdict inside a table or a line: sign, word and colour. */
export function Verdict({ of, broken = false }: Props) {
  const { sign, word } = VERDICT_FACES[of];
  return (
    <>
      <span className="badge" data-verdict={of}>
        <span aria-hidden="true">{sign}</span> {word}
      </span>
      {broken && (
        <>
          {" "}
          <strong className="alarm">CERTIFICATE VIOLATED</strong>
        </>
      )}
    </>
  );
}

import { type FormEvent, useId, useState } from "react";
import { type Bound, BOUNDS, faultOf, inWords, toleranceOf, type ToleranceText } from "./tolerance.ts";

interface Props {
  /** What is in force. */
  readonly text: ToleranceText;
  onApply(text: ToleranceText): void;
}

const NAMES: Readonly<Record<Bound, { readonly label: string; readonly example: string }>> = {
  abs: { label: "|Δ| at most", example: "1e-6" },
  rel: { label: "or |Δ| / |reference| at most", example: "1e-5" },
  ulp: { label: "or ULP at most", example: "4" },
};

/** How far apart two logits may lie and still pass. Closed it is one quiet line, since the usual answer is: not at all. */
export function ToleranceForm({ text, onApply }: Props) {
  return (
    <details className="tolerance">
      <summary>
        Tolerance: <strong>{inWords(toleranceOf(text))}</strong>
      </summary>
      <Form text={text} onApply={onApply} />
    </details>
  );
}

function Form({ text, onApply }: Props) {
  const id = useId();
  const [draft, setDraft] = useState(text);
  const [inForce, setInForce] = useState(text);
  // The fields follow the address, and stay the same fields: one that is made anew loses the focus.
  if (BOUNDS.some((bound) => inForce[bound] !== text[bound])) {
    setInForce(text);
    setDraft(text);
  }
  const faults = BOUNDS.map((bound) => faultOf(bound, draft[bound]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.every((fault) => fault === null)) onApply(draft);
  };
  return (
    <form onSubmit={submit} noValidate>
      {BOUNDS.map((bound, place) => (
        <p key={bound} className="field">
          <label htmlFor={`${id}-${bound}`}>{NAMES[bound].label}</label>
          <input
            id={`${id}-${bound}`}
            inputMode="decimal"
            autoComplete="off"
            spellCheck={false}
            value={draft[bound]}
            aria-invalid={faults[place] !== null}
            aria-describedby={faults[place] ? `${id}-${bound}-fault` : `${id}-hint`}
            onChange={(event) => setDraft({ ...draft, [bound]: event.target.value })}
          />
          {faults[place] ? (
            <small id={`${id}-${bound}-fault`} className="fault" role="alert">
              {faults[place]}
            </small>
          ) : (
            <small aria-hidden="true">such as {NAMES[bound].example}</small>
          )}
        </p>
      ))}
      <p className="buttons">
        <button type="submit" className="plain">
          Apply
        </button>
        <button type="button" className="plain" onClick={() => onApply({ abs: "", rel: "", ulp: "" })}>
          Bits must be equal
        </button>
      </p>
      <p id={`${id}-hint`} className="hint">
        A logit passes if any one of the bounds holds; leave a field empty to do without it. Where a certificate proves
        equal bits, no tolerance lets a difference pass.
      </p>
    </form>
  );
}

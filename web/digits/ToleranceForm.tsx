import { type FormEvent, useId, useState } from "react";
import { replaceParams, type Route } from "../route.ts";
import { type Bound, BOUNDS, faultOf, inWords, toleranceOf, type ToleranceText, toleranceText } from "./tolerance.ts";

const NAMES: Readonly<Record<Bound, { readonly label: string; readonly example: string }>> = {
  abs: { label: "|Δ| at most", example: "1e-6" },
  rel: { label: "or |Δ| / |reference| at most", example: "1e-5" },
  ulp: { label: "or ULP at most", example: "4" },
};

/** The tolerance in the address. Folded, since it is usually zero. */
export function ToleranceForm({ route }: { readonly route: Route }) {
  const id = useId();
  const text = toleranceText(route.params);
  const [draft, setDraft] = useState(text);
  const [inForce, setInForce] = useState(text);
  // The fields follow the address but stay mounted: a recreated field would lose the focus.
  if (BOUNDS.some((bound) => inForce[bound] !== text[bound])) {
    setInForce(text);
    setDraft(text);
  }
  const faults = BOUNDS.map((bound) => faultOf(bound, draft[bound]));
  const apply = ({ abs, rel, ulp }: ToleranceText) =>
    replaceParams(route, { abs: abs.trim() || null, rel: rel.trim() || null, ulp: ulp.trim() || null });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.every((fault) => fault === null)) apply(draft);
  };
  return (
    <details className="tolerance">
      <summary className="quiet">
        Tolerance: <strong>{inWords(toleranceOf(text))}</strong>
      </summary>
      <form className="card row" onSubmit={submit} noValidate>
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
              <small aria-hidden="true">e.g. {NAMES[bound].example}</small>
            )}
          </p>
        ))}
        <p className="buttons row">
          <button type="submit" className="plain">
            Apply
          </button>
          <button type="button" className="plain" onClick={() => apply({ abs: "", rel: "", ulp: "" })}>
            Require equal bits
          </button>
        </p>
        <p id={`${id}-hint`} className="quiet">
          A logit passes if it is within any one of the bounds; an empty field sets no bound. If a certificate proves
          equal bits, no tolerance hides a difference.
        </p>
      </form>
    </details>
  );
}

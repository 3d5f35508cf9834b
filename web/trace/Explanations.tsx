import { computedOnText } from "#core/explain/computed-on.ts";
import { formatCount, plural } from "../format.ts";
import { Prose } from "../views/Prose.tsx";
import { causeMeaning, causeName } from "./causes.ts";
import type { Explained, Node, Trace } from "./trace-query.ts";
import { boundText, hypothesisText, markingText, wayText, wrongText } from "./words.ts";

/** The cause of each difference, and what tracing itself changed. */
export function Explanations({ trace }: { readonly trace: Trace }) {
  const { nodes, marking, reference, backend, firstDrift } = trace;
  const explained = nodes.filter(({ explanation }) => explanation !== null);
  return (
    <>
      {explained.length > 0 && (
        <section aria-labelledby="why">
          <h2 id="why">Why the bits differ</h2>
          <ul className="explanations">
            {explained.map((node) => (
              <li key={node.index} data-cause={node.cause}>
                <details className="frame" open={node.index === firstDrift?.index || node.cause === "WRONG_RESULT"}>
                  <summary>
                    <strong>{node.name}</strong> <small>{node.op}</small> <span>{headlineOf(node)}</span>
                  </summary>
                  {node.explanation && <Because explanation={node.explanation} trace={trace} />}
                </details>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Notes nodes={nodes} />
      <section aria-labelledby="marking">
        <h2 id="marking">Did tracing change the output?</h2>
        <p className="prose">
          Tracing exposes intermediate values, which can prevent operator fusion.{" "}
          {markingText(reference, marking.reference)} {markingText(backend, marking.backend)}
        </p>
      </section>
    </>
  );
}

function headlineOf({ cause, bornElements }: Node): string {
  const introduced = bornElements === null ? "" : `${plural(bornElements, "element")} introduced here: `;
  return `${introduced}${causeName(cause)}`;
}

function Because({ explanation, trace }: { readonly explanation: Explained; readonly trace: Trace }) {
  const { cause, causes, consistentWith, hypothesis, bound, wrong, notes, computedOn } = explanation;
  const { unexplainedElements, unexplainedIndices } = explanation;
  const meaning = causeMeaning(cause);
  return (
    <div className="because stack prose">
      {wrong.map((each) => (
        <p key={each.backend} className="wrong">
          {wrongText(each)}
        </p>
      ))}
      {meaning && <p>{meaning}</p>}
      {causes.length > 1 && (
        <ul className="causes">
          {causes.map((each) => (
            <li key={each.cause}>
              {plural(each.elements, "element")}: {causeName(each.cause)}
            </li>
          ))}
        </ul>
      )}
      {consistentWith.length > 0 && <p>Consistent with: {consistentWith.map(causeName).join(", ")}.</p>}
      {unexplainedElements > 0 && (
        <p>
          {plural(unexplainedElements, "element")} unexplained, at index{" "}
          {unexplainedIndices.map(formatCount).join("; ")}
          {unexplainedElements > unexplainedIndices.length && " and others"}.
        </p>
      )}
      {hypothesis && (
        <>
          <dl className="terms">
            <dt>Sums on {trace.reference}</dt>
            <dd>{wayText(hypothesis.reference)}</dd>
            <dt>Sums on {trace.backend}</dt>
            <dd>{wayText(hypothesis.backend)}</dd>
          </dl>
          <p>{hypothesisText(hypothesis)}</p>
        </>
      )}
      {bound && (
        <>
          <p>{boundText(bound)}</p>
          <p className="quiet">
            <code>{bound.formula}</code>
          </p>
        </>
      )}
      {notes.map((note) => (
        <p key={note}>
          <Prose text={note} />
        </p>
      ))}
      <p>
        Computed on {computedOnText(computedOn.reference)} and {computedOnText(computedOn.backend)}.
      </p>
    </div>
  );
}

/** A note that several layers share is listed once. */
function Notes({ nodes }: { readonly nodes: readonly Node[] }) {
  const noted = Map.groupBy(
    nodes.filter(({ note }) => note !== null),
    ({ note }) => note,
  );
  if (noted.size === 0) return null;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Limits of this trace</h2>
      <ul className="prose">
        {[...noted].map(([note, same]) => (
          <li key={note}>
            <strong>{same.map(({ name }) => name).join(", ")}</strong>: <Prose text={note ?? ""} />
          </li>
        ))}
      </ul>
    </section>
  );
}

import "uplot/dist/uPlot.min.css";
import "../styles/trace.css";
import { useState } from "react";
import { useQuery } from "urql";
import { ABSOLUTE_DELTA, formatCount, formatDelta, NO_NUMBER, plural } from "../format.ts";
import { brokenCertificates, distinct, failuresOf } from "../failures.ts";
import { CATALOGUE, HEALTH } from "../queries.ts";
import { addressOf, replaceParams, useRoute } from "../route.ts";
import { BackendList } from "../views/BackendList.tsx";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { useTitle } from "../views/use-title.ts";
import { causeName } from "./causes.ts";
import { Explanations } from "./Explanations.tsx";
import { LayerPlot } from "./LayerPlot.tsx";
import { LayerTable } from "./LayerTable.tsx";
import { type Asked, Question } from "./Question.tsx";
import { type Node, TRACE, type Trace } from "./trace-query.ts";
import { birthText, firstDriftOf, sentenceFor } from "./words.ts";

const DEFAULTS = Object.freeze({ image: "7", a: "CPU", b: "WASM" });

/** In which layer two backends part, and why. */
export function TraceView() {
  const route = useRoute();
  const { params } = route;
  const asked: Asked = {
    image: params.get("image") ?? DEFAULTS.image,
    model: params.get("model"),
    a: params.get("a") ?? DEFAULTS.a,
    b: params.get("b") ?? DEFAULTS.b,
  };
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  const variables = { input: { image: asked.image }, reference: asked.a, backend: asked.b, model: asked.model };
  const [answer, traceAgain] = useQuery({ query: TRACE, variables });
  useTitle(`Drift, image ${asked.image}: ${asked.a} and ${asked.b}`);

  const running = answer.fetching;
  // While another question runs, the last answer must not stand under the new one.
  const current = JSON.stringify(answer.operation?.variables) === JSON.stringify(variables);
  const trace = current ? answer.data?.trace : undefined;
  const failed = current && answer.error !== undefined;
  const failures = distinct([
    ...brokenCertificates(trace),
    ...[current ? answer.error : undefined, catalogue.error, health.error].flatMap(failuresOf),
  ]);
  return (
    <main className="trace" aria-busy={running} data-running={running}>
      <Question
        asked={asked}
        catalogue={catalogue.data}
        backends={health.data?.health.backends}
        running={running}
        onChange={(changes) => replaceParams(route, changes)}
        onRun={() => {
          reloadCatalogue();
          reloadHealth();
          traceAgain();
        }}
      />
      <Outcome trace={trace} failed={failed} asked={asked} />
      <FailureBanner failures={failures} />
      {trace ? <Layers key={JSON.stringify(variables)} trace={trace} /> : !failed && <PlotPlaceholder />}
      <LayerTable trace={trace} failed={failed} />
      {trace && <Explanations trace={trace} />}
      <p>
        <a href={addressOf("digits", { image: asked.image, a: asked.a, b: asked.b, model: asked.model })}>
          The logits of image {asked.image} on {asked.a} and {asked.b}, bit by bit
        </a>
      </p>
      <BackendList backends={health.data?.health.backends} failed={health.error !== undefined} />
    </main>
  );
}

interface OutcomeProps {
  readonly trace: Trace | undefined;
  readonly failed: boolean;
  readonly asked: Asked;
}

const SIGNS = Object.freeze({ IDENTICAL: "=", DRIFT: "≠", WRONG_RESULT: "✗" });

/** The answer, large; it keeps its height while it is on its way. */
function Outcome({ trace, failed, asked }: OutcomeProps) {
  const verdict = trace ? (trace.outcome === "WRONG_RESULT" ? "DRIFT" : trace.outcome) : failed ? "FAILED" : "PENDING";
  return (
    <section className="verdict" data-verdict={verdict} data-outcome={trace?.outcome} aria-labelledby="outcome">
      <h2 id="outcome" className="unseen">
        Outcome
      </h2>
      <p className="sign" aria-hidden="true">
        {trace ? SIGNS[trace.outcome] : failed ? "!" : "≟"}
      </p>
      <div className="statement" role="status">
        <p className="word">{trace ? trace.outcome.replace("_", " ") : failed ? "NO ANSWER" : "TRACING"}</p>
        <p className="sentence">
          {trace
            ? `${trace.outcome === "WRONG_RESULT" ? wrongSentence(trace) : ""}${sentenceFor(trace)}`
            : failed
              ? "The trace could not be run, so nothing is claimed. The reason stands below."
              : `Every layer runs on ${asked.a} and ${asked.b}, and each one that differs once more alone.`}
        </p>
      </div>
    </section>
  );
}

function wrongSentence({ nodes }: Trace): string {
  const wrong = nodes.filter(({ cause }) => cause === "WRONG_RESULT").map(({ name }) => name);
  return `${new Intl.ListFormat("en").format(wrong)} gave what no correct evaluation can give. `;
}

/** The plot, with the numbers of the layer that is pointed at, or else of the first that drifts. */
function Layers({ trace }: { readonly trace: Trace }) {
  const [pointed, point] = useState<number | null>(null);
  const { nodes } = trace;
  const drifting = firstDriftOf(trace);
  const first = drifting ? nodes.indexOf(drifting) : null;
  const shown = nodes[pointed ?? first ?? nodes.length - 1];
  return (
    <section aria-labelledby="plot">
      <h2 id="plot">How far apart, layer after layer</h2>
      <LayerPlot
        nodes={nodes}
        first={first}
        label={`Max ULP and max ${ABSOLUTE_DELTA} of ${plural(nodes.length, "layer")}. ${sentenceFor(trace)} The table below has the numbers.`}
        onPoint={point}
      />
      {shown && <Readout node={shown} />}
    </section>
  );
}

function Readout({ node }: { readonly node: Node }) {
  const { name, op, differingElements, elements, maxUlp, maxAbs, cause } = node;
  return (
    <dl className="readout">
      {[
        ["Layer", `${name} (${op})`],
        ["Differing", `${formatCount(differingElements)} of ${formatCount(elements)}`],
        ["Max ULP", formatCount(maxUlp)],
        [`Max ${ABSOLUTE_DELTA}`, formatDelta(maxAbs)],
        ["Drift", birthText(node)],
        ["Cause", cause === "NONE" ? NO_NUMBER : causeName(cause)],
      ].map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function PlotPlaceholder() {
  return (
    <section aria-hidden="true">
      <h2>How far apart, layer after layer</h2>
      <div className="plot-room">
        <span className="bone" />
      </div>
    </section>
  );
}

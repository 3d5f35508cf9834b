import "uplot/dist/uPlot.min.css";
import "../styles/trace.css";
import { base64 } from "@scure/base";
import { useState } from "react";
import { useQuery } from "urql";
import type { BackendId } from "#core/backends.ts";
import { ABSOLUTE_DELTA, formatCount, formatDelta, NO_NUMBER, plural } from "../format.ts";
import { brokenCertificates, distinct, type Failure, failuresOf } from "../failures.ts";
import { useKeptSketch } from "../history/use-kept-sketch.ts";
import { CATALOGUE, HEALTH } from "../queries.ts";
import { addressOf, replaceParams, useRoute } from "../route.ts";
import { BackendList } from "../views/BackendList.tsx";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { useTitle } from "../views/use-title.ts";
import { causeName } from "./causes.ts";
import { Explanations } from "./Explanations.tsx";
import { LayerPlot } from "./LayerPlot.tsx";
import { LayerTable } from "./LayerTable.tsx";
import { type Asked, TraceRequest } from "./TraceRequest.tsx";
import { type Node, TRACE, type Trace } from "./trace-query.ts";
import { introducedText, firstDriftOf, sentenceFor } from "./words.ts";

const DEFAULTS = Object.freeze({ image: "7", a: "CPU", b: "WASM" });

/** In which layer two backends part, and why. */
export function TraceView() {
  const route = useRoute();
  const { params } = route;
  const sketch = useKeptSketch(params.get("sketch"));
  const drawn = sketch?.kind === "found" ? sketch.entry : null;
  const asked: Asked = {
    image: params.get("image") ?? DEFAULTS.image,
    sketch: params.get("sketch"),
    // A sketch was drawn for a model.
    model: params.get("model") ?? drawn?.model ?? null,
    a: params.get("a") ?? DEFAULTS.a,
    b: params.get("b") ?? DEFAULTS.b,
  };
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  // The address may name what is no backend: the answer then says so.
  const [reference, backend] = [asked.a as BackendId, asked.b as BackendId];
  const input = drawn ? { pixels: base64.encode(drawn.pixels) } : { image: asked.image };
  const variables = { input, reference, backend, model: asked.model };
  const pause = sketch !== null && drawn === null;
  const [answer, traceAgain] = useQuery({ query: TRACE, variables, pause });
  const image = sketch === null ? `image ${asked.image}` : "your sketch";
  useTitle(`Drift, ${image}: ${asked.a} and ${asked.b}`);

  const running = answer.fetching;
  // While another request runs, the last answer must not stand under the new one.
  const current = !pause && JSON.stringify(answer.operation?.variables) === JSON.stringify(variables);
  const trace = current ? answer.data?.trace : undefined;
  const missing = sketch?.kind === "missing" ? sketch.reason : null;
  const failed = missing !== null || (current && answer.error !== undefined);
  const failures = distinct([
    ...brokenCertificates(trace),
    ...failuresOf(current ? answer.error : undefined).map(ofTheAddress),
    ...[catalogue.error, health.error].flatMap(failuresOf),
  ]);
  return (
    <main className="trace" aria-busy={running} data-running={running}>
      <TraceRequest
        asked={asked}
        sketch={drawn}
        catalogue={catalogue.data}
        backends={health.data?.health.backends}
        running={running}
        onChange={(changes) => replaceParams(route, changes)}
        onRun={() => {
          if (pause) return;
          reloadCatalogue();
          reloadHealth();
          traceAgain();
        }}
      />
      <Outcome trace={trace} failed={failed} missing={missing} asked={asked} />
      <FailureBanner failures={failures} />
      {/* A sketch is read within some milliseconds: what would stand here so briefly would only jump. */}
      {sketch?.kind !== "reading" && (
        <>
          {trace ? <Layers key={JSON.stringify(variables)} trace={trace} /> : !failed && <PlotPlaceholder />}
          <LayerTable trace={trace} failed={failed} />
          {trace && <Explanations trace={trace} />}
          <p>
            {sketch ? (
              <a href={addressOf("history")}>The sketches that are kept in this browser</a>
            ) : (
              <a href={addressOf("digits", { image: asked.image, a: asked.a, b: asked.b, model: asked.model })}>
                The logits of image {asked.image} on {asked.a} and {asked.b}, bit by bit
              </a>
            )}
          </p>
          <BackendList backends={health.data?.health.backends} failed={health.error !== undefined} />
        </>
      )}
    </main>
  );
}

interface OutcomeProps {
  readonly trace: Trace | undefined;
  readonly failed: boolean;
  /** Why there is no sketch to trace; null where there is one, or none is asked for. */
  readonly missing: string | null;
  readonly asked: Asked;
}

const SIGNS = Object.freeze({ IDENTICAL: "=", DRIFT: "≠", WRONG_RESULT: "✗" });

/** The answer, large; it keeps its height while it is on its way. */
function Outcome({ trace, failed, missing, asked }: OutcomeProps) {
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
        <p className="word">
          {trace ? trace.outcome.replace("_", " ") : missing ? "NO SKETCH" : failed ? "NO ANSWER" : "TRACING"}
        </p>
        <p className="sentence">
          {trace
            ? `${trace.outcome === "WRONG_RESULT" ? wrongSentence(trace) : ""}${sentenceFor(trace)}`
            : missing
              ? missing
              : failed
                ? "The trace could not be run, so nothing is claimed. The reason stands below."
                : `Every layer runs on ${asked.a} and ${asked.b}, and each one that differs once more alone.`}
        </p>
      </div>
    </section>
  );
}

/** What cannot be asked stands in the address: a link that was mistyped, or is of another stack. */
const BAD_LINK = new Set(["BAD_INPUT", "IMAGE_NOT_FOUND", "MODEL_NOT_FOUND"]);

function ofTheAddress(failure: Failure): Failure {
  if (!BAD_LINK.has(failure.code)) return failure;
  return { ...failure, advice: "The link to this page names it. Choose an image, a model and two backends above." };
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
  const wrong = nodes.find(({ cause }) => cause === "WRONG_RESULT");
  const shown = pointed === null ? (wrong ?? nodes[first ?? nodes.length - 1]) : nodes[pointed];
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
        ["Drift", introducedText(node)],
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

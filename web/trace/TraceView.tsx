import "uplot/dist/uPlot.min.css";
import "../styles/trace.css";
import { base64 } from "@scure/base";
import { useState } from "react";
import { useQuery } from "urql";
import type { BackendId } from "#core/backends.ts";
import { ABSOLUTE_DELTA, conjunction, formatCount, formatDelta, NO_NUMBER, plural } from "../format.ts";
import { brokenCertificates, distinct, type Failure, failuresOf } from "../failures.ts";
import { useKeptSketch } from "../history/use-kept-sketch.ts";
import { CATALOGUE, HEALTH } from "../queries.ts";
import { addressOf, replaceParams, useRoute } from "../route.ts";
import { BackendList } from "../views/BackendList.tsx";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { useTitle } from "../views/use-title.ts";
import { VerdictPanel } from "../views/VerdictPanel.tsx";
import { causeName } from "./causes.ts";
import { Explanations } from "./Explanations.tsx";
import { LayerPlot } from "./LayerPlot.tsx";
import { LayerTable } from "./LayerTable.tsx";
import { type Asked, TraceRequest } from "./TraceRequest.tsx";
import { type Node, TRACE, type Trace } from "./trace-query.ts";
import { introducedText, firstDriftOf, sentenceFor } from "./words.ts";

const DEFAULTS = Object.freeze({ image: "7", a: "CPU", b: "WASM" });

/** The layer where two backends begin to differ, and why. */
export function TraceView() {
  const route = useRoute();
  const { params } = route;
  const sketch = useKeptSketch(params.get("sketch"));
  const drawn = sketch?.kind === "found" ? sketch.entry : null;
  const asked: Asked = {
    image: params.get("image") ?? DEFAULTS.image,
    sketch: params.get("sketch"),
    // A sketch was drawn for one model.
    model: params.get("model") ?? drawn?.model ?? null,
    a: params.get("a") ?? DEFAULTS.a,
    b: params.get("b") ?? DEFAULTS.b,
  };
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  // The address may name an unknown backend; the response then says so.
  const [reference, backend] = [asked.a as BackendId, asked.b as BackendId];
  const input = drawn ? { pixels: base64.encode(drawn.pixels) } : { image: asked.image };
  const variables = { input, reference, backend, model: asked.model };
  const pause = sketch !== null && drawn === null;
  const [answer, traceAgain] = useQuery({ query: TRACE, variables, pause });
  const image = sketch === null ? `image ${asked.image}` : "your sketch";
  useTitle(`Drift, ${image}: ${asked.a} and ${asked.b}`);

  const running = answer.fetching;
  // While another request runs, the last result must not appear under the new parameters.
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
      <VerdictPanel title="Outcome" {...outcomeOf(trace, failed, missing, asked)} />
      <FailureBanner failures={failures} />
      {/* A sketch is loaded within milliseconds: a placeholder would only flicker. */}
      {sketch?.kind !== "reading" && (
        <>
          {trace ? <Layers key={JSON.stringify(variables)} trace={trace} /> : !failed && <PlotPlaceholder />}
          <LayerTable trace={trace} failed={failed} />
          {trace && <Explanations trace={trace} />}
          <p>
            {sketch ? (
              <a href={addressOf("history")}>All sketches saved in this browser</a>
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

const SIGNS = Object.freeze({ IDENTICAL: "=", DRIFT: "≠", WRONG_RESULT: "✗" });

/** @param missing why there is no sketch to trace; null if there is one, or none is wanted */
function outcomeOf(trace: Trace | undefined, failed: boolean, missing: string | null, { a, b }: Asked) {
  if (trace) {
    const { outcome } = trace;
    const alarm = outcome === "WRONG_RESULT";
    return {
      verdict: alarm ? "DRIFT" : outcome,
      alarm,
      sign: SIGNS[outcome],
      word: outcome.replace("_", " "),
      sentence: `${alarm ? wrongSentence(trace) : ""}${sentenceFor(trace)}`,
    };
  }
  if (failed) {
    const sentence = missing ?? "The trace could not be run. The reason is given below.";
    return { verdict: "FAILED", sign: "!", word: missing ? "NO SKETCH" : "NO RESULT", sentence };
  }
  const sentence = `Every layer runs on ${a} and ${b}; layers that differ run once more in isolation.`;
  return { verdict: "PENDING", sign: "≟", word: "TRACING", sentence };
}

/** Errors caused by the address: the link is mistyped, or comes from another server. */
const BAD_LINK = new Set(["BAD_INPUT", "IMAGE_NOT_FOUND", "MODEL_NOT_FOUND"]);

function ofTheAddress(failure: Failure): Failure {
  if (!BAD_LINK.has(failure.code)) return failure;
  const advice = "The link to this page is not valid here. Choose an image, a model and two backends above.";
  return { ...failure, advice };
}

function wrongSentence({ nodes }: Trace): string {
  const wrong = nodes.filter(({ cause }) => cause === "WRONG_RESULT").map(({ name }) => name);
  const results = wrong.length === 1 ? "result is" : "results are";
  return `${conjunction(wrong)}: ${results} outside the possible rounding error. `;
}

/** The plot, and the numbers of the layer under the pointer (default: the first that drifts). */
function Layers({ trace }: { readonly trace: Trace }) {
  const [pointed, point] = useState<number | null>(null);
  const { nodes } = trace;
  const drifting = firstDriftOf(trace);
  const first = drifting ? nodes.indexOf(drifting) : null;
  const wrong = nodes.find(({ cause }) => cause === "WRONG_RESULT");
  const shown = pointed === null ? (wrong ?? nodes[first ?? nodes.length - 1]) : nodes[pointed];
  return (
    <section aria-labelledby="plot">
      <h2 id="plot">{PLOT_TITLE}</h2>
      <LayerPlot
        nodes={nodes}
        first={first}
        label={`Max ULP and max ${ABSOLUTE_DELTA} of ${plural(nodes.length, "layer")}. ${sentenceFor(trace)} The numbers are in the table below.`}
        onPoint={point}
      />
      {shown && <Readout node={shown} />}
    </section>
  );
}

const PLOT_TITLE = "Difference by layer";

function Readout({ node }: { readonly node: Node }) {
  const { name, op, differingElements, elements, maxUlp, maxAbs, cause } = node;
  return (
    <dl className="readout card">
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
      <h2>{PLOT_TITLE}</h2>
      <div className="plot-room">
        <span className="bone" />
      </div>
    </section>
  );
}

import { useQuery } from "urql";
import { brokenCertificates, distinct, failuresOf, missingOutputs } from "../failures.ts";
import { formatCount, formatMilliseconds, NO_NUMBER } from "../format.ts";
import { CATALOGUE, HEALTH, PARITY } from "../queries.ts";
import { replaceParams, useRoute } from "../route.ts";
import { BrowserRuntimePanel } from "../runtime/BrowserRuntimePanel.tsx";
import { useReportWithBrowser } from "../runtime/use-browser-runtime.ts";
import { driftFigures, sentenceFor, VERDICT_FACES } from "../verdicts.ts";
import { BackendList } from "../views/BackendList.tsx";
import { Controls } from "../views/Controls.tsx";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { ImageTable } from "../views/ImageTable.tsx";
import { PairTable } from "../views/PairTable.tsx";
import { Thumbnails } from "./Thumbnails.tsx";
import { useTitle } from "../views/use-title.ts";
import { VerdictPanel } from "../views/VerdictPanel.tsx";
import { LogitsPanel } from "./LogitsPanel.tsx";
import { NextSteps } from "./NextSteps.tsx";
import { ParityMatrix } from "./ParityMatrix.tsx";
import { toleranceOf, toleranceText } from "./tolerance.ts";
import { ToleranceForm } from "./ToleranceForm.tsx";

/** The ten digits on every backend. Three queries, so that the edge's own data appear before the origin responds. */
export function DigitsView() {
  const route = useRoute();
  const modelId = route.params.get("model");
  const tolerance = toleranceOf(toleranceText(route.params));
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  const [parity, runParity] = useQuery({ query: PARITY, variables: { model: modelId, tolerance } });
  const shownImage = route.params.get("image");
  useTitle(shownImage === null ? "Digits" : `Digits, image ${shownImage}`);

  const models = catalogue.data?.models;
  const chosen = modelId === null ? models?.[0] : models?.find(({ id }) => id === modelId);
  // While another model or tolerance is being run, the last report must not appear under the new name.
  const asked = parity.operation?.variables;
  const current = asked?.model === modelId && JSON.stringify(asked.tolerance) === JSON.stringify(tolerance);
  const images = catalogue.data?.images;
  const { report, outdated } = useReportWithBrowser(current ? parity.data?.parity : undefined, images, tolerance);
  const backends = health.data?.health.backends;
  const failed = parity.error !== undefined;
  const running = parity.fetching || outdated;
  const runAgain = () => {
    if (parity.fetching) return;
    reloadCatalogue();
    reloadHealth();
    runParity();
  };
  const failures = distinct([
    ...brokenCertificates(report),
    ...[parity.error, catalogue.error, health.error].flatMap(failuresOf),
    ...missingOutputs(report),
  ]);

  return (
    <>
      <main aria-busy={running} data-running={running}>
        <div className="stack">
          <Controls
            models={models}
            chosen={chosen}
            failed={catalogue.error !== undefined}
            running={parity.fetching}
            onChoose={(model) => replaceParams(route, { model })}
            onRun={runAgain}
          />
          <ToleranceForm route={route} />
        </div>
        <div className="stack">
          <VerdictPanel
            title="Verdict"
            {...(report
              ? {
                  verdict: report.verdict,
                  sign: VERDICT_FACES[report.verdict].sign,
                  word: (
                    <>
                      {running && <span className="unseen">Running again. The last result was: </span>}
                      {VERDICT_FACES[report.verdict].word}
                    </>
                  ),
                  sentence: sentenceFor(report),
                }
              : failed
                ? FAILED
                : PENDING)}
            figures={[
              ["Images", report ? formatCount(report.total) : NO_NUMBER],
              ...driftFigures(report),
              ["Elapsed", formatMilliseconds(report?.elapsedMs ?? null)],
            ]}
          />
          <NextSteps report={report} />
        </div>
        <FailureBanner failures={failures} />
        <Thumbnails images={images} failed={catalogue.error !== undefined} report={report} route={route} />
        <ParityMatrix report={report} images={images} failed={failed} tolerance={tolerance} route={route} />
        {shownImage !== null && (
          <LogitsPanel
            image={shownImage}
            report={report}
            failed={failed}
            backends={backends}
            tolerance={tolerance}
            route={route}
          />
        )}
        <ImageTable report={report} failed={failed} />
        <PairTable report={report} failed={failed} />
        <BrowserRuntimePanel />
        <BackendList backends={backends} failed={health.error !== undefined} />
      </main>
      <footer className="footer quiet">
        isobit {health.data?.health.version}
        {report && (
          <>
            , run at <time dateTime={report.startedAt}>{report.startedAt}</time>
          </>
        )}
      </footer>
    </>
  );
}

const PENDING = {
  verdict: "PENDING",
  sign: "≟",
  word: "COMPARING",
  sentence: "The same images are running on every available backend.",
};
const FAILED = {
  verdict: "FAILED",
  sign: "!",
  word: "NO RESULT",
  sentence: "The comparison could not be run. The reason is given below.",
};

import { useState } from "react";
import { useQuery } from "urql";
import { brokenCertificates, distinct, failuresOf, missingOutputs } from "./failures.ts";
import { CATALOGUE, HEALTH, PARITY } from "./queries.ts";
import { BackendList } from "./views/BackendList.tsx";
import { Controls } from "./views/Controls.tsx";
import { FailureBanner } from "./views/FailureBanner.tsx";
import { Header } from "./views/Header.tsx";
import { ImageTable } from "./views/ImageTable.tsx";
import { PairTable } from "./views/PairTable.tsx";
import { Thumbnails } from "./views/Thumbnails.tsx";
import { VerdictPanel } from "./views/VerdictPanel.tsx";

/** The whole page: three queries, so that what the edge knows alone is there before the origin has answered. */
export function App() {
  const [modelId, chooseModel] = useState<string | null>(null);
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  const [parity, runParity] = useQuery({ query: PARITY, variables: { model: modelId } });

  const running = parity.fetching;
  const runAgain = () => {
    if (running) return;
    reloadCatalogue();
    reloadHealth();
    runParity();
  };

  const models = catalogue.data?.models;
  const chosen = models?.find(({ id }) => id === modelId) ?? models?.[0];
  // While another model runs, the last answer is of the wrong one: it must not stand under the new name.
  const last = parity.data?.parity;
  const report = last && chosen && last.model.id !== chosen.id ? undefined : last;
  const images = catalogue.data?.images;
  const failures = distinct([
    ...brokenCertificates(report),
    ...[parity.error, catalogue.error, health.error].flatMap(failuresOf),
    ...missingOutputs(report),
  ]);

  return (
    <>
      <Header />
      <main aria-busy={running} data-running={running}>
        <Controls
          models={models}
          chosen={chosen}
          failed={catalogue.error !== undefined}
          running={running}
          onChoose={chooseModel}
          onRun={runAgain}
        />
        <VerdictPanel report={report} failed={parity.error !== undefined} running={running} />
        <FailureBanner failures={failures} />
        <Thumbnails images={images} failed={catalogue.error !== undefined} rows={report?.rows} />
        <ImageTable report={report} failed={parity.error !== undefined} />
        <PairTable report={report} failed={parity.error !== undefined} />
        <BackendList backends={health.data?.health.backends} failed={health.error !== undefined} />
      </main>
      <footer className="footer">
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

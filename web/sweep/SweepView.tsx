import "../styles/sweep.css";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useClient, useQuery } from "urql";
import { messageOf } from "#core/errors.ts";
import { toleranceOf, toleranceText } from "../digits/tolerance.ts";
import { ToleranceForm } from "../digits/ToleranceForm.tsx";
import { inputSize } from "../draw/input-size.ts";
import { failuresOf } from "../failures.ts";
import { CATALOGUE, HEALTH } from "../queries.ts";
import { replaceParams, useRoute } from "../route.ts";
import { dropHandlers } from "../views/drop.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { ModelSelect } from "../views/Select.tsx";
import { useTitle } from "../views/use-title.ts";
import { BackendsField } from "./BackendsField.tsx";
import { noiseImages } from "./noise.ts";
import { tooMuch } from "./images.ts";
import { ImagesField } from "./ImagesField.tsx";
import { type ChosenFiles, readFiles, setOf } from "./read-files.ts";
import { Results } from "./Results.tsx";
import { backendsOf, countOf, faultOf, settingsOf } from "./settings.ts";
import { shiftedDigits } from "./shifted-digits.ts";
import { StartLine } from "./StartLine.tsx";
import { type SweepRequest, sweepRun } from "./sweep-run.ts";

const NO_EDGE = "The edge is not responding. This page retries every 3 s.";
const POLLING_INTERVAL_MS = 3_000;

/** The state of the chosen files; an error stays until other files are chosen. */
type Chosen =
  | { readonly kind: "none" }
  | { readonly kind: "reading" }
  | { readonly kind: "read"; readonly files: ChosenFiles }
  | { readonly kind: "refused"; readonly reason: string };

/** Many images on several backends, with a running verdict. */
export function SweepView() {
  const route = useRoute();
  const client = useClient();
  const state = useSyncExternalStore(sweepRun.subscribe, sweepRun.snapshot);
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  const [chosen, setChosen] = useState<Chosen>({ kind: "none" });
  const running = state.phase === "preparing" || state.phase === "running";
  useTitle(running && state.progress ? `Sweep, ${percentOf(state.progress)} %` : "Sweep");
  // A backend may have become available or unavailable during the sweep.
  useEffect(() => {
    if (state.phase === "failed") reloadHealth({ requestPolicy: "network-only" });
  }, [state.phase, reloadHealth]);

  const reload = useCallback(() => {
    reloadCatalogue({ requestPolicy: "network-only" });
    reloadHealth({ requestPolicy: "network-only" });
  }, [reloadCatalogue, reloadHealth]);
  const lost = catalogue.error !== undefined || health.error !== undefined;
  const statuses = health.data?.health.backends;
  const alone = statuses !== undefined && statuses.filter(({ available }) => available).length < 2;
  usePolling(!running && (lost || alone), reload);

  const settings = settingsOf(route.params);
  const bounds = toleranceText(route.params);
  const modelId = route.params.get("model");
  const models = catalogue.data?.models;
  const model = modelId === null ? models?.[0] : models?.find(({ id }) => id === modelId);
  const images = catalogue.data?.images ?? [];
  const backends = backendsOf(route.params, statuses ?? []);
  const change = (changes: Readonly<Record<string, string | null>>) => replaceParams(route, changes);

  const size = model && inputSize(model.inputShape);
  const files = chosen.kind === "read" && model && size ? filesOf(chosen.files, { ...model, size }) : null;
  const count = settings.images === "files" ? (files?.ok ? files.set.count : null) : countOf(settings, images.length);
  const hindrance = (): string | null => {
    if (!models || !statuses) return lost ? NO_EDGE : "Loading…";
    if (!model) return "Choose a model.";
    if (backends.length < 2) return "Choose at least two backends to compare.";
    if (settings.images === "files") {
      if (chosen.kind === "refused") return "Choose other files.";
      if (!files) return "Choose files first.";
      return files.ok ? tooMuch(files.set) : files.reason;
    }
    const fields = settings.images === "shifted" ? (["range"] as const) : (["count", "seed"] as const);
    if (fields.some((field) => faultOf(field, settings[field]) !== null)) return "Correct the marked number.";
    const bytes = size ? (count ?? 0) * (Math.ceil((size.width * size.height) / 3) * 4) : 0;
    return tooMuch({ count: count ?? 0, bodyBytes: bytes });
  };
  const prepare = async (): Promise<SweepRequest> => {
    if (!model || !size) throw new Error("The model is not loaded yet.");
    const swept =
      settings.images === "shifted"
        ? await shiftedDigits(images, size, Number(settings.range))
        : settings.images === "noise"
          ? noiseImages(size, Number(settings.count), Number(settings.seed))
          : files?.ok
            ? files.set
            : null;
    if (!swept) throw new Error("Choose files first.");
    return { images: swept, model: model.id, backends, tolerance: toleranceOf(bounds) };
  };
  const start = () => {
    change({ image: null, other: null });
    if (!statuses?.every(({ available }) => available)) reloadHealth({ requestPolicy: "network-only" });
    void sweepRun.start(client, prepare);
  };
  const take = async (given: readonly File[]): Promise<void> => {
    change({ images: "files" });
    setChosen({ kind: "reading" });
    setChosen(await chosenFrom(given));
  };

  return (
    <main
      className="sweep"
      aria-busy={running}
      data-phase={state.phase}
      data-sweep={state.number}
      {...dropHandlers(({ files: given }) => void take([...given]))}
    >
      <section className="stack" aria-labelledby="sweep">
        <div>
          <h2 id="sweep">Sweep: many images at once</h2>
          <p className="quiet">
            Ten images may agree by chance. A sweep runs up to 10,000 on the chosen backends, with a running verdict.
          </p>
        </div>
        <ModelSelect
          models={models}
          chosen={model}
          failed={catalogue.error !== undefined}
          onChoose={(id) => change({ model: id })}
        />
        <BackendsField
          statuses={statuses}
          failed={health.error !== undefined}
          chosen={backends}
          onChoose={(ids) => change({ backends: ids.join(",") })}
        />
        {/* Rendered together with the backends, whose reasons need more space than can be reserved. */}
        {(statuses ?? health.error) && (
          <>
            <ImagesField
              settings={settings}
              digits={images.length}
              chosen={chosen.kind === "read" ? chosen.files : null}
              reading={chosen.kind === "reading"}
              refused={chosen.kind === "refused" ? chosen.reason : files && !files.ok ? files.reason : null}
              onChange={change}
              onFiles={(given) => void take(given)}
            />
            <ToleranceForm route={route} />
            <StartLine
              state={state}
              hindrance={running ? null : hindrance()}
              count={count}
              backends={backends}
              onStart={start}
              onStop={() => sweepRun.stop()}
              onReload={lost ? reload : null}
            />
          </>
        )}
      </section>
      {(statuses ?? health.error) && <Results state={state} route={route} />}
      <FailureBanner failures={[catalogue.error, health.error].flatMap(failuresOf)} />
    </main>
  );
}

/** Calls `ask` repeatedly while waiting, unless the page is hidden. */
function usePolling(waiting: boolean, ask: () => void): void {
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") ask();
    }, POLLING_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [waiting, ask]);
}

function filesOf(files: ChosenFiles, model: Parameters<typeof setOf>[1]) {
  try {
    return { ok: true, set: setOf(files, model) } as const;
  } catch (error) {
    return { ok: false, reason: messageOf(error) } as const;
  }
}

async function chosenFrom(given: readonly File[]): Promise<Chosen> {
  try {
    return { kind: "read", files: await readFiles(given) };
  } catch (error) {
    return { kind: "refused", reason: messageOf(error) };
  }
}

function percentOf({ done, total }: { readonly done: number; readonly total: number }): number {
  return total === 0 ? 0 : Math.floor((100 * done) / total);
}

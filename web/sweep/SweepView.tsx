import "../styles/sweep.css";
import { type DragEvent, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useClient, useQuery } from "urql";
import type { BackendId } from "#core/backends.ts";
import { toleranceOf, toleranceText } from "../digits/tolerance.ts";
import { ToleranceForm } from "../digits/ToleranceForm.tsx";
import { inputSize } from "../draw/input-size.ts";
import { failuresOf } from "../failures.ts";
import { type BackendStatus, CATALOGUE, HEALTH } from "../queries.ts";
import { replaceParams, useRoute } from "../route.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
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
import { usePolling } from "./use-polling.ts";

const NO_EDGE = "The edge did not answer. It is asked again every 3 s; Start comes back with it.";

/** Files as far as they were read; the last refusal is told until other files come. */
type Chosen =
  | { readonly kind: "none" }
  | { readonly kind: "reading" }
  | { readonly kind: "read"; readonly files: ChosenFiles }
  | { readonly kind: "refused"; readonly reason: string };

/** Many images on several backends, with the verdict while they run. */
export function SweepView() {
  const route = useRoute();
  const client = useClient();
  const state = useSyncExternalStore(sweepRun.subscribe, sweepRun.snapshot);
  const [catalogue, reloadCatalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const [health, reloadHealth] = useQuery({ query: HEALTH, variables: {} });
  const [chosen, setChosen] = useState<Chosen>({ kind: "none" });
  const running = state.phase === "preparing" || state.phase === "running";
  useTitle(running && state.progress ? `Sweep, ${percentOf(state.progress)} %` : "Sweep");
  // A backend that went or came while it ran is told as it is now.
  useEffect(() => {
    if (state.phase === "failed") reloadHealth({ requestPolicy: "network-only" });
  }, [state.phase, reloadHealth]);

  const reload = useCallback(() => {
    reloadCatalogue({ requestPolicy: "network-only" });
    reloadHealth({ requestPolicy: "network-only" });
  }, [reloadCatalogue, reloadHealth]);
  const lost = catalogue.error !== undefined || health.error !== undefined;
  const alone = health.data !== undefined && health.data.health.backends.filter(isThere).length < 2;
  usePolling(!running && (lost || alone), reload);

  const settings = settingsOf(route.params);
  const bounds = toleranceText(route.params);
  const modelId = route.params.get("model");
  const models = catalogue.data?.models;
  const model = modelId === null ? models?.[0] : models?.find(({ id }) => id === modelId);
  const images = catalogue.data?.images ?? [];
  const statuses = health.data?.health.backends;
  const backends = backendsOf(route.params, statuses ?? []);
  const change = (changes: Readonly<Record<string, string | null>>) => replaceParams(route, changes);

  const size = model && inputSize(model.inputShape);
  const files = chosen.kind === "read" && model && size ? filesOf(chosen.files, { ...model, size }) : null;
  const count = settings.images === "files" ? (files?.ok ? files.set.count : null) : countOf(settings, images.length);
  const hindrance = (): string | null => {
    if (!models || !statuses) return lost ? NO_EDGE : "Loading…";
    if (!model) return "Choose a model.";
    if (backends.length < 2) return "Choose two backends or more: one alone has nothing to agree with.";
    if (settings.images === "files") {
      if (chosen.kind === "refused") return "Choose other files.";
      if (!files) return "Choose files first.";
      return files.ok ? tooMuch(files.set) : files.reason;
    }
    const fields = settings.images === "shifted" ? (["range"] as const) : (["count", "seed"] as const);
    if (fields.some((field) => faultOf(field, settings[field]) !== null)) return "Mend the number that is marked.";
    const bytes = size ? (count ?? 0) * (Math.ceil((size.width * size.height) / 3) * 4) : 0;
    return tooMuch({ count: count ?? 0, bodyBytes: bytes });
  };
  const prepare = async (): Promise<SweepRequest> => {
    if (!model || !size) throw new Error("The model is not known yet.");
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
    <main className="sweep" aria-busy={running} data-phase={state.phase} data-sweep={state.number} {...dropOf(take)}>
      <section className="sweep-setup" aria-labelledby="sweep">
        <div>
          <h2 id="sweep">Sweep: many images at once</h2>
          <p className="hint">
            Ten images that agree may be luck. Here hundreds or thousands run on the backends that you choose, and the
            verdict is told while they do.
          </p>
        </div>
        <ModelField
          models={models?.map(({ id }) => id)}
          chosen={model?.id ?? null}
          onChoose={(id) => change({ model: id })}
        />
        <BackendsField
          statuses={statuses}
          failed={health.error !== undefined}
          chosen={backends}
          onChoose={(ids: readonly BackendId[]) => change({ backends: ids.join(",") })}
        />
        {/* What stands below the backends comes with them, since their reasons take more room than can be kept for them. */}
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
            <ToleranceForm
              text={bounds}
              onApply={({ abs, rel, ulp }) =>
                change({ abs: abs.trim() || null, rel: rel.trim() || null, ulp: ulp.trim() || null })
              }
            />
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

function isThere({ available }: BackendStatus): boolean {
  return available;
}

interface ModelFieldProps {
  readonly models: readonly string[] | undefined;
  readonly chosen: string | null;
  onChoose(id: string): void;
}

function ModelField({ models, chosen, onChoose }: ModelFieldProps) {
  return (
    <div className="choice">
      <label htmlFor="sweep-model">Model</label>
      <select
        id="sweep-model"
        value={chosen ?? ""}
        disabled={!models?.length}
        onChange={(event) => onChoose(event.target.value)}
      >
        {chosen === null && <option value="">{models ? "choose one" : "…"}</option>}
        {models?.map((id) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </div>
  );
}

function filesOf(files: ChosenFiles, model: Parameters<typeof setOf>[1]) {
  try {
    return { ok: true, set: setOf(files, model) } as const;
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) } as const;
  }
}

async function chosenFrom(given: readonly File[]): Promise<Chosen> {
  try {
    return { kind: "read", files: await readFiles(given) };
  } catch (error) {
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

function dropOf(take: (files: readonly File[]) => void) {
  return {
    // Without this, a dropped file would replace the page.
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      take([...event.dataTransfer.files]);
    },
  };
}

function percentOf({ done, total }: { readonly done: number; readonly total: number }): number {
  return total === 0 ? 0 : Math.floor((100 * done) / total);
}

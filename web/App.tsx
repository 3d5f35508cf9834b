import { lazy, Suspense, type ComponentType } from "react";
import { DigitsView } from "./digits/DigitsView.tsx";
import { useRoute, type ViewId } from "./route.ts";
import { Arrival } from "./views/Arrival.tsx";
import { Header } from "./views/Header.tsx";
import { ViewBoundary } from "./views/ViewBoundary.tsx";

/** Only the first view is in the first script; the others come when they are opened. */
const VIEW: Readonly<Record<ViewId, ComponentType>> = {
  digits: DigitsView,
  draw: lazy(async () => ({ default: (await import("./draw/DrawView.tsx")).DrawView })),
  sweep: lazy(async () => ({ default: (await import("./sweep/SweepView.tsx")).SweepView })),
  trace: lazy(async () => ({ default: (await import("./trace/TraceView.tsx")).TraceView })),
  models: lazy(async () => ({ default: (await import("./models/ModelsView.tsx")).ModelsView })),
  history: lazy(async () => ({ default: (await import("./history/HistoryView.tsx")).HistoryView })),
};

/** The whole page: the header, and the view that the address names. */
export function App() {
  const { view } = useRoute();
  const View = VIEW[view];
  return (
    <>
      <Header view={view} />
      <ViewBoundary key={view}>
        <Suspense fallback={<main aria-busy="true" />}>
          <View />
          <Arrival view={view} />
        </Suspense>
      </ViewBoundary>
    </>
  );
}

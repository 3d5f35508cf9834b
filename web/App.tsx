import { Component, lazy, type ComponentType, type ReactNode, Suspense, useEffect } from "react";
import { DigitsView } from "./digits/DigitsView.tsx";
import { useRoute, type ViewId } from "./route.ts";
import { Header } from "./views/Header.tsx";

/** The first script contains only the first view; the others are loaded when they are opened. */
const VIEW: Readonly<Record<ViewId, ComponentType>> = {
  digits: DigitsView,
  draw: lazy(async () => ({ default: (await import("./draw/DrawView.tsx")).DrawView })),
  sweep: lazy(async () => ({ default: (await import("./sweep/SweepView.tsx")).SweepView })),
  trace: lazy(async () => ({ default: (await import("./trace/TraceView.tsx")).TraceView })),
  models: lazy(async () => ({ default: (await import("./models/ModelsView.tsx")).ModelsView })),
  history: lazy(async () => ({ default: (await import("./history/HistoryView.tsx")).HistoryView })),
};

/** The whole page: the header and the view named in the address. */
export function App() {
  const { view } = useRoute();
  const View = VIEW[view];
  return (
    <>
      <Header view={view} />
      <ViewBoundary key={view}>
        <Suspense fallback={<main aria-busy="true" />}>
          <View />
          <ScrollToTop view={view} />
        </Suspense>
      </ViewBoundary>
    </>
  );
}

let shown: ViewId | undefined;

/** Rendered together with a view: every view starts at its top, wherever the last one was scrolled to. */
function ScrollToTop({ view }: { readonly view: ViewId }) {
  useEffect(() => {
    const before = shown;
    shown = view;
    if (before !== undefined && before !== view) scrollTo({ top: 0, behavior: "instant" });
  }, [view]);
  return null;
}

/** Shows an error if a view cannot be loaded; the header stays usable. */
class ViewBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main>
        <p role="alert">
          This view could not be loaded: the edge is not responding, or was rebuilt since this page was opened.{" "}
          <a href={location.href} onClick={() => location.reload()}>
            Reload the page
          </a>
          .
        </p>
      </main>
    );
  }
}

import { useEffect } from "react";
import type { ViewId } from "../route.ts";

let shown: ViewId | undefined;

/** Stands beside a view and is there once the view is: each view begins at its top, however far down the last one was. */
export function Arrival({ view }: { readonly view: ViewId }) {
  useEffect(() => {
    const before = shown;
    shown = view;
    if (before !== undefined && before !== view) scrollTo({ top: 0, behavior: "instant" });
  }, [view]);
  return null;
}

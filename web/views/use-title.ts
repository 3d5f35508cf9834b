import { useEffect } from "react";

/** Sets the tab's title to the open view's. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · isobit`;
  }, [title]);
}

import { useEffect } from "react";

/** Names the tab after the view that is open. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · isobit`;
  }, [title]);
}

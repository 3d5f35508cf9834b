import { useSyncExternalStore } from "react";

/** The page's views, by the first part of the address behind the #. */
export const VIEWS = Object.freeze(["digits", "draw", "sweep", "trace", "models", "history"] as const);
export type ViewId = (typeof VIEWS)[number];

/** Where the reader is: `#/trace?image=7&a=CPU&b=WASM` is the view trace with three parameters. */
export interface Route {
  readonly view: ViewId;
  readonly params: URLSearchParams;
}

/** An address that names no view leads to the digits. */
function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const view = VIEWS.find((id) => id === path) ?? "digits";
  return { view, params: new URLSearchParams(query) };
}

/** The address of a view; parameters that are null are left out. */
export function addressOf(view: ViewId, params: Readonly<Record<string, string | null>> = {}): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== null);
  const query = new URLSearchParams(given).toString();
  return `#/${view === "digits" ? "" : view}${query === "" ? "" : `?${query}`}`;
}

/** Where the reader is, followed as they move. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}

/** Changes the parameters of the view that is shown, without a new step in the browser's history. */
export function replaceParams(route: Route, changes: Readonly<Record<string, string | null>>): void {
  const address = addressOf(route.view, { ...Object.fromEntries(route.params), ...changes });
  history.replaceState(null, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

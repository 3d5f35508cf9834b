import { useSyncExternalStore } from "react";

/** The page's views, by the first part of the address after the #. */
export const VIEWS = Object.freeze(["digits", "draw", "sweep", "trace", "models", "history"] as const);
export type ViewId = (typeof VIEWS)[number];

/** The current address: `#/trace?image=7&a=CPU&b=WASM` is the view trace with three parameters. */
export interface Route {
  readonly view: ViewId;
  readonly params: URLSearchParams;
}

/** An unknown view is the digits. */
function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const view = VIEWS.find((id) => id === path) ?? "digits";
  return { view, params: new URLSearchParams(query) };
}

type Params = Readonly<Record<string, string | null>>;

/** The address of a view; parameters that are null are left out. */
export function addressOf(view: ViewId, params: Params = {}): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== null);
  const query = new URLSearchParams(given).toString();
  return `#/${view === "digits" ? "" : view}${query === "" ? "" : `?${query}`}`;
}

/** The current route, and every later one. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}

/** The address of the current view with other parameters. */
export function addressWith({ view, params }: Route, changes: Params): string {
  return addressOf(view, { ...Object.fromEntries(params), ...changes });
}

/** Changes the parameters of the current view, without a new entry in the browser's history. */
export function replaceParams(route: Route, changes: Params): void {
  history.replaceState(null, "", addressWith(route, changes));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

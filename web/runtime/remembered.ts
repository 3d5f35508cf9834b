const KEY = "isobit.run-in-this-browser";

/** Whether the reader wants the browser to take part. A browser that keeps nothing is asked again on each visit. */
export function wasWanted(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

export function remember(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is off: the choice holds for this visit, which is all that can be done.
  }
}

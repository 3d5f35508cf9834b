/** Takes whoever goes by keyboard or by ear to what the view says, past the header. */
export function focusMain(): void {
  const main = document.querySelector("main");
  if (!main) return;
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}

/** Nothing has the focus. */
function focusIsLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * What had the focus may go: a button whose work is done, a link whose view was left. The next Tab would then begin at
 * the top of the page; it begins at the view instead, unless whoever took the element away has a better place.
 */
export function keepFocus(root: Element): void {
  let last: Element | null = null;
  root.addEventListener("focusin", ({ target }) => {
    last = target instanceof Element ? target : null;
  });
  new MutationObserver(() => {
    if (last === null || last.isConnected || !focusIsLost()) return;
    last = null;
    focusMain();
  }).observe(root, { childList: true, subtree: true });
}

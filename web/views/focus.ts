/** Moves the focus past the header, for users of a keyboard or a screen reader. */
export function focusMain(): void {
  const main = document.querySelector("main");
  if (!main) return;
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}

/**
 * When the focused element is removed (a finished button, a link of a view that was left), the next Tab would start at
 * the top of the page. Moves the focus to the view instead, unless the code that removed the element moved it already.
 */
export function keepFocus(root: Element): void {
  let last: Element | null = null;
  root.addEventListener("focusin", ({ target }) => {
    last = target instanceof Element ? target : null;
  });
  new MutationObserver(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (last === null || last.isConnected || !isLost) return;
    last = null;
    focusMain();
  }).observe(root, { childList: true, subtree: true });
}

/** The actions of the tools. */
export type Action = "pen" | "eraser" | "thinner" | "thicker" | "undo" | "redo" | "clear" | "image";

/** In the syntax of `aria-keyshortcuts`. Single letters work only while the focus is in the drawing section. */
export const SHORTCUTS: Readonly<Record<Action, string>> = Object.freeze({
  pen: "P",
  eraser: "E",
  thinner: "[",
  thicker: "]",
  undo: "Control+Z",
  redo: "Control+Shift+Z",
  clear: "Delete",
  image: "O",
});

interface Keys {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const PLAIN: Readonly<Record<string, Action>> = {
  p: "pen",
  e: "eraser",
  o: "image",
  "[": "thinner",
  "]": "thicker",
  delete: "clear",
  backspace: "clear",
};

/** The action of a key, or undefined. On a Mac, Command replaces Control; Control+Y is redo, as on Windows. */
export function actionOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys): Action | undefined {
  const name = key.toLowerCase();
  if (altKey && !/^[[\]]$/.test(name)) return undefined;
  if (!ctrlKey && !metaKey) return plainAction(name);
  if (name === "z") return shiftKey ? "redo" : "undo";
  if (name === "y" && !shiftKey) return "redo";
  // Control and Alt together are AltGr, which many keyboards need for brackets.
  return altKey ? plainAction(name) : undefined;
}

function plainAction(name: string): Action | undefined {
  return Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
}

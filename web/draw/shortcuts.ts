/** What the tools can do. */
export type Action = "pen" | "eraser" | "thinner" | "thicker" | "undo" | "redo" | "clear" | "image";

/** As `aria-keyshortcuts` writes them. Single letters are heard only while the focus is in the drawing's own part. */
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

/** The action of a key, or undefined. Command stands for Control on a Mac; Control+Y redoes as on Windows. */
export function actionOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys): Action | undefined {
  const name = key.toLowerCase();
  if (altKey && !/^[[\]]$/.test(name)) return undefined;
  if (!ctrlKey && !metaKey) return plainAction(name);
  if (name === "z") return shiftKey ? "redo" : "undo";
  if (name === "y" && !shiftKey) return "redo";
  // Control and Alt together are AltGr, which types brackets on many keyboards.
  return altKey ? plainAction(name) : undefined;
}

function plainAction(name: string): Action | undefined {
  return Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
}

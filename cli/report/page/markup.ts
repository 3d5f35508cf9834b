/** HTML that needs no escaping. */
export interface Markup {
  readonly markup: string;
}

type Content = Markup | string | number | readonly Content[] | null | false;

/** An HTML template. Its contents are escaped, except markup; null and false are left out. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: strings.reduce((before, string, index) => `${before}${render(contents[index - 1]!)}${string}`) };
}

/** For safe content: our own styles and scripts. */
export function asMarkup(markup: string): Markup {
  return { markup };
}

function render(content: Content): string {
  if (content === null || content === false) return "";
  if (typeof content === "string" || typeof content === "number") return escapeHtml(String(content));
  return "markup" in content ? content.markup : content.map(render).join("");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Data for a script of the page, escaped so that it cannot end its element. */
export function jsonElement(id: string, data: unknown): Markup {
  const json = JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
  return asMarkup(`<script type="application/json" id="${id}">${json}</script>`);
}

import type { OpenApi, Operation } from "./openapi/document.ts";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid color-mix(in srgb, currentcolor 25%, transparent); padding: 0.5rem 0 1rem; }
h2 { font-size: 1.1rem; margin-bottom: 0; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; font-weight: normal; }
`;

/** Allows the page's own style only: it does not have scripts. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The description for people. Made from the same document, so that the two cannot disagree. */
export function docsPage({ info, paths }: OpenApi): Response {
  const sections = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => section(method.toUpperCase(), path, operation)),
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(info.title)}</h1>
<p>${escaped(info.description)}</p>
<p>isobit ${escaped(info.version)}. For programs: <a href="/openapi.json">/openapi.json</a>. GraphQL:
<a href="/graphql">/graphql</a>.</p>
${sections.join("\n")}
</body>
</html>
`;
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
    },
  });
}

function section(method: string, path: string, operation: Operation): string {
  const { summary, parameters, requestBody, responses, "x-example": example } = operation;
  const asked = (parameters ?? []).map(({ name, required, description }) => [
    required ? name : `${name} (optional)`,
    description,
  ]);
  const sent = requestBody ? [["body", requestBody.description]] : [];
  const answered = Object.entries(responses).map(([status, { description }]) => [status, description]);
  return `<section>
<h2><code>${method} ${escaped(path)}</code></h2>
<p>${escaped(summary)}.${example === undefined ? "" : ` Try ${link(example)}.`}</p>
<table>${[...asked, ...sent, ...answered].map(row).join("")}</table>
</section>`;
}

function link(path: string): string {
  return `<a href="${escaped(path)}"><code>${escaped(path)}</code></a>`;
}

function row(cells: readonly string[]): string {
  const [name = "", description = ""] = cells;
  return `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${escaped(description)}</td></tr>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

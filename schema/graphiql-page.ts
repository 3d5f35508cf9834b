import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { base64 } from "@scure/base";
import { hexToBytes } from "@noble/hashes/utils.js";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { EXAMPLES } from "./examples.ts";

export interface GraphiqlPage {
  readonly html: string;
  /** Its `content-security-policy`. */
  readonly policy: string;
}

/**
 * GraphiQL with every script and style inside (some 9 MB), so that it opens on a closed network. The edge has it as an
 * asset; only the origin imports this file while it serves.
 */
export function graphiqlPage(): GraphiqlPage {
  const html = renderGraphiQL({
    title: "isobit",
    defaultQuery: EXAMPLES[0]?.query ?? "",
    defaultTabs: EXAMPLES.map(({ query }) => ({ query })),
  });
  return { html, policy: policyOf(html) };
}

/** Runs the page's own scripts, by their hashes. Its editor writes style elements and starts workers from blobs. */
function policyOf(html: string): string {
  const scripts = Array.from(html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g), ([, text = ""]) => sourceOf(text));
  return [
    "default-src 'none'",
    `script-src ${scripts.join(" ")}`,
    "style-src 'unsafe-inline'",
    "font-src data:",
    "img-src 'self' data:",
    "worker-src blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function sourceOf(script: string): string {
  return `'sha256-${base64.encode(hexToBytes(sha256Hex(new TextEncoder().encode(script))))}'`;
}

import { Response } from "@whatwg-node/fetch";
import type { BackendId } from "#core/backends.ts";
import type { Host } from "#core/host.ts";
import { jsonObject, predictionInBody, predictionInQuery } from "./asked.ts";
import { docsPage } from "./docs-page.ts";
import { openApi } from "./openapi/document.ts";
import { compareRoles } from "./parity.ts";
import { predictImage, rawLogits } from "./predict.ts";
import { RestRefusal } from "./refusal.ts";
import { predictDrawing } from "./sketch.ts";
import { greeting, health, imageList } from "./status.ts";

export interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly host: Host;
  /** PARAGON_GPU. */
  readonly standIn: BackendId | undefined;
}

type Answering = (asked: Asked) => Promise<Response>;

/** What answers each method. HEAD is answered as GET. */
export type Route = Readonly<Record<string, Answering>>;

export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { GET: async ({ host, standIn }) => withDocsLink(json(await greeting(host, standIn))) }],
  ["/health", { GET: async ({ host, standIn }) => json(await health(host, standIn)) }],
  ["/images/list", { GET: async ({ host }) => json(imageList(host)) }],
  ["/predict", { GET: predictByQuery, POST: predictByBody }],
  ["/predict-raw", { GET: rawByQuery }],
  ["/parity", { GET: parity }],
  ["/docs", { GET: async ({ host }) => docsPage(openApi(host)) }],
  ["/openapi.json", { GET: async ({ host }) => json(openApi(host)) }],
  ["/history", { GET: noHistory }],
  ["/all", { GET: noHistory }],
  ["/delete", { DELETE: noHistory }],
]);

const IMAGES = "/static/images/";
const IMAGE: Route = { GET: image };

export function routeAt(pathname: string): Route | undefined {
  return pathname.startsWith(IMAGES) ? IMAGE : ROUTES.get(pathname);
}

/** As `allow` lists them. */
export function methodsOf(route: Route): string[] {
  return Object.keys(route).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

async function predictByQuery({ url, host, standIn }: Asked): Promise<Response> {
  return json(await predictImage(predictionInQuery(url.searchParams), host, standIn));
}

/** Two services' forms at one address: MathSketch's has `image_data`, Paragon's an `image`. */
async function predictByBody({ request, host, standIn }: Asked): Promise<Response> {
  const body = await jsonObject(request);
  const isDrawing = Object.hasOwn(body, "image_data") && !Object.hasOwn(body, "image");
  if (isDrawing) return json(await predictDrawing(body, host, standIn));
  return json(await predictImage(predictionInBody(body), host, standIn));
}

async function rawByQuery({ url, host, standIn }: Asked): Promise<Response> {
  return json(await rawLogits(predictionInQuery(url.searchParams), host, standIn));
}

async function parity({ url, host, standIn }: Asked): Promise<Response> {
  return json(await compareRoles(url.searchParams, host, standIn));
}

/** By the file's name alone, as the list has it: what is not listed is not there, wherever it may lie on the disk. */
async function image({ url, host }: Asked): Promise<Response> {
  const entry = host.images.find(({ file }) => `${IMAGES}${file}` === url.pathname);
  if (!entry) throw new RestRefusal(404, "Not Found");
  const bytes = await host.readImage(entry);
  return new Response(new Uint8Array(bytes), {
    headers: {
      "content-type": "image/png",
      "content-length": String(bytes.length),
      etag: `"${entry.sha256}"`,
      "cache-control": "no-cache",
    },
  });
}

async function noHistory(): Promise<never> {
  const where = "drawings and predictions stay in the browser, on the edge's page at /.";
  throw new RestRefusal(410, `The server does not keep a history: ${where}`);
}

function withDocsLink(response: Response): Response {
  // RFC 8631: where a visitor finds out more.
  response.headers.set("link", '</docs>; rel="service-doc", </openapi.json>; rel="service-desc"');
  response.headers.set("vary", "accept");
  return response;
}

function json(body: unknown): Response {
  return Response.json(body);
}

import { Response } from "@whatwg-node/fetch";
import type { BackendId } from "#core/backends/backend.ts";
import type { Surroundings } from "#core/host.ts";
import { jsonObject, predictionInBody, predictionInQuery } from "./asked.ts";
import { docsPage } from "./docs-page.ts";
import { openApi } from "./openapi/document.ts";
import { compareRoles } from "./parity.ts";
import { predictPicture, rawLogits } from "./predict.ts";
import { RestRefusal } from "./refusal.ts";
import { predictDrawing } from "./sketch.ts";
import { greeting, health, imageList } from "./status.ts";

export interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly surroundings: Surroundings;
  /** PARAGON_GPU. */
  readonly standIn: BackendId | undefined;
}

type Answering = (asked: Asked) => Promise<Response>;

/** What answers each method; `*`: every method. HEAD is answered as GET. */
export type Route = Readonly<Record<string, Answering>>;

const GONE: Route = { "*": noHistory };

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { GET: async ({ surroundings, standIn }) => withDocsLink(json(await greeting(surroundings, standIn))) }],
  ["/health", { GET: async ({ surroundings, standIn }) => json(await health(surroundings, standIn)) }],
  ["/images/list", { GET: async ({ surroundings }) => json(imageList(surroundings)) }],
  ["/predict", { GET: predictByQuery, POST: predictByBody }],
  ["/predict-raw", { GET: rawByQuery }],
  ["/parity", { GET: parity }],
  ["/docs", { GET: async ({ surroundings }) => docsPage(openApi(surroundings)) }],
  ["/openapi.json", { GET: async ({ surroundings }) => json(openApi(surroundings)) }],
  ["/history", GONE],
  ["/all", GONE],
  ["/delete", GONE],
]);

const PICTURES = "/static/images/";
const PICTURE: Route = { GET: picture };

export function routeAt(pathname: string): Route | undefined {
  return pathname.startsWith(PICTURES) ? PICTURE : ROUTES.get(pathname);
}

/** As `allow` lists them. */
export function methodsOf(route: Route): string[] {
  if (route["*"]) return ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  return Object.keys(route).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

async function predictByQuery({ url, surroundings, standIn }: Asked): Promise<Response> {
  return json(await predictPicture(predictionInQuery(url.searchParams), surroundings, standIn));
}

/** Two services' forms at one address: MathSketch's has `image_data`, Paragon's an `image`. */
async function predictByBody({ request, surroundings, standIn }: Asked): Promise<Response> {
  const body = await jsonObject(request);
  const isDrawing = Object.hasOwn(body, "image_data") && !Object.hasOwn(body, "image");
  if (isDrawing) return json(await predictDrawing(body, surroundings, standIn));
  return json(await predictPicture(predictionInBody(body), surroundings, standIn));
}

async function rawByQuery({ url, surroundings, standIn }: Asked): Promise<Response> {
  return json(await rawLogits(predictionInQuery(url.searchParams), surroundings, standIn));
}

async function parity({ url, surroundings, standIn }: Asked): Promise<Response> {
  return json(await compareRoles(url.searchParams, surroundings, standIn));
}

/** By the file's name alone, as the list has it: what is not listed is not there, wherever it may lie on the disk. */
async function picture({ url, surroundings }: Asked): Promise<Response> {
  const entry = surroundings.images.find(({ file }) => `${PICTURES}${file}` === url.pathname);
  if (!entry) throw new RestRefusal(404, "Not Found");
  const bytes = await surroundings.readImage(entry);
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
  const where = "drawings and their predictions stay in the browser that made them, on the edge's page at /.";
  throw new RestRefusal(410, `No history is kept here: ${where}`);
}

function withDocsLink(response: Response): Response {
  // RFC 8631: where a visitor finds out more.
  response.headers.set("link", '</docs>; rel="service-doc", </openapi.json>; rel="service-desc"');
  response.headers.set("vary", "accept");
  return response;
}

function json(body: unknown): Response {
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}

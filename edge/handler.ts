import type { Host } from "#core/host.ts";
import { prefersPage } from "#schema/rest/accept.ts";
import { createRestFace, type RestFace } from "#schema/rest/face.ts";
import { createGraphqlHandler } from "#schema/server.ts";
import { type Assets, type AssetsService, createAssets } from "./assets.ts";
import { type EdgeEnvironment, parseEnvironment } from "./environment.ts";
import { lazily } from "./lazy.ts";
import { GRAPHIQL_FILE } from "./static-index.ts";
import { createStaticFiles } from "./static-files.ts";
import { createHost } from "./host.ts";
import { discardUnreadBody } from "./unread-body.ts";

/** The Worker's bindings: the variables of environment.ts, and the assets. */
export interface EdgeBindings extends Readonly<Record<string, unknown>> {
  readonly ASSETS: AssetsService;
}

type Handler = (request: Request) => Promise<Response>;

/**
 * The edge as one web-standard handler: /graphql, the REST face, and files for every other path. Nothing is loaded
 * before the first request needs it.
 * @throws Error for a bad variable, with a sentence that names it
 */
export function createHandler(bindings: EdgeBindings): Handler {
  const environment = parseEnvironment(bindings);
  const assets = createAssets(bindings.ASSETS);
  const staticFiles = createStaticFiles(assets);
  const host = lazily(() => createHost(assets, environment));
  const graphql = lazily(async () => createGraphql(await host(), assets, environment));
  const rest = createRest(host, environment);
  const answer: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/graphql") return (await graphql())(request);
    if (pathname === "/" && prefersPage(request.headers.get("accept"))) return page(staticFiles, request);
    return rest.serves(pathname) ? rest.answer(request) : staticFiles(request);
  };
  return async (request) => {
    try {
      const response = await answer(request);
      await discardUnreadBody(request);
      return response;
    } catch (error) {
      const id = crypto.randomUUID();
      logInternal(id, error);
      return new Response(`Something went wrong inside the edge. Its log has the reason under ${id}.\n`, {
        status: 500,
      });
    }
  };
}

/** At `/` a browser finds the web client, and everybody else Paragon's greeting. */
async function page(staticFiles: Handler, request: Request): Promise<Response> {
  const response = await staticFiles(request);
  response.headers.append("vary", "accept");
  return response;
}

function createRest(host: () => Promise<Host>, environment: EdgeEnvironment): RestFace {
  const { ORIGIN_TOKEN: token, PARAGON_GPU: standIn } = environment;
  return createRestFace({ host, token, anonymous: true, standIn, logInternal });
}

function createGraphql(host: Host, assets: Assets, environment: EdgeEnvironment): Handler {
  return createGraphqlHandler({
    host,
    token: environment.ORIGIN_TOKEN,
    anonymous: true,
    logInternal,
    graphiqlPage: () => assets.text(GRAPHIQL_FILE),
  });
}

function logInternal(id: string, error: unknown): void {
  console.error(`INTERNAL ${id}`, error);
}

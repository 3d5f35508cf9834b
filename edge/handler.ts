import { createGraphqlHandler } from "#schema/server.ts";
import { type Assets, type AssetsService, createAssets } from "./assets.ts";
import { type EdgeEnvironment, parseEnvironment } from "./environment.ts";
import { lazily } from "./lazy.ts";
import { GRAPHIQL_FILE } from "./static-index.ts";
import { createStaticFiles } from "./static-files.ts";
import { createSurroundings } from "./surroundings.ts";
import { discardUnreadBody } from "./unread-body.ts";

/** The Worker's bindings: the variables of environment.ts, and the assets. */
export interface EdgeBindings extends Readonly<Record<string, unknown>> {
  readonly ASSETS: AssetsService;
}

type Handler = (request: Request) => Promise<Response>;

/**
 * The edge as one web-standard handler: /graphql, and files for every other path. Nothing is loaded before the first
 * request needs it.
 * @throws Error for a bad variable, with a sentence that names it
 */
export function createHandler(bindings: EdgeBindings): Handler {
  const environment = parseEnvironment(bindings);
  const assets = createAssets(bindings.ASSETS);
  const staticFiles = createStaticFiles(assets);
  const graphql = lazily(() => createGraphql(assets, environment));
  return async (request) => {
    try {
      const isGraphql = new URL(request.url).pathname === "/graphql";
      const response = await (isGraphql ? await graphql() : staticFiles)(request);
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

async function createGraphql(assets: Assets, environment: EdgeEnvironment): Promise<Handler> {
  return createGraphqlHandler({
    surroundings: await createSurroundings(assets, environment),
    token: environment.originToken,
    anonymous: true,
    logInternal,
    graphiqlPage: () => assets.text(GRAPHIQL_FILE),
  });
}

function logInternal(id: string, error: unknown): void {
  console.error(`INTERNAL ${id}`, error);
}

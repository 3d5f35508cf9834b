import { IsobitError } from "#core/errors.ts";
import type { Catalogue, ModelInfo } from "#core/model/model.ts";

/** isobit distinguishes models by hash, not by version; each model has one version. */
export const ONLY_VERSION = "1";

export type OipRoute =
  | { readonly kind: "server" }
  | { readonly kind: "live" }
  | { readonly kind: "ready" }
  | {
      readonly kind: "model" | "modelReady" | "infer";
      readonly model: string;
      /** Undefined where the path names none. */
      readonly version: string | undefined;
    };

/**
 * What a path under /v2 asks for.
 * @throws IsobitError MODEL_NOT_FOUND for a path that is none of the protocol's
 */
export function routeOf(pathname: string): OipRoute {
  const path = pathname.replace(/\/$/, "");
  if (path === "/v2") return { kind: "server" };
  if (path === "/v2/health/live") return { kind: "live" };
  if (path === "/v2/health/ready") return { kind: "ready" };
  const [, model, version, action] =
    /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/.exec(path) ?? [];
  if (model === undefined) throw nothingAt(pathname);
  const kind = action === "infer" ? "infer" : action === "ready" ? "modelReady" : "model";
  return { kind, model: decoded(model), version: version === undefined ? undefined : decoded(version) };
}

/** @throws IsobitError MODEL_NOT_FOUND for an unknown model or version */
export function servedModel(
  { model, version }: Extract<OipRoute, { model: string }>,
  { models }: Catalogue,
): ModelInfo {
  const found = models.find(({ id }) => id === model);
  if (!found) {
    const known = models.map(({ id }) => id).join(", ");
    throw new IsobitError("MODEL_NOT_FOUND", `No model is called ${JSON.stringify(model)}. Served here: ${known}.`);
  }
  if (version === undefined || version === ONLY_VERSION) return found;
  throw new IsobitError(
    "MODEL_NOT_FOUND",
    `${found.id} has no version ${JSON.stringify(version)}; its only one is ${ONLY_VERSION}.`,
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new IsobitError("BAD_INPUT", `${JSON.stringify(segment)} in the path is not valid percent-encoding.`);
  }
}

function nothingAt(pathname: string): IsobitError {
  return new IsobitError(
    "MODEL_NOT_FOUND",
    `Nothing is served at ${pathname}. The protocol's paths are /v2, /v2/health/live, /v2/health/ready and /v2/models/{model}[/versions/{version}][/ready|/infer].`,
  );
}

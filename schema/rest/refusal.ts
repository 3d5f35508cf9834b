import { headersOf, httpStatus, IsobitError } from "#core/errors.ts";

/** One thing that is wrong with a request: where, in words, and as what kind. */
export interface Problem {
  /** Where it stands, e.g. ["query", "image"]. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A refusal in FastAPI's form, which callers of these routes expect: `{"detail": …}`. */
export class RestRefusal extends Error {
  override readonly name = "RestRefusal";
  readonly status: number;
  readonly detail: string | readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string | readonly Problem[], headers: Readonly<Record<string, string>> = {}) {
    super(typeof detail === "string" ? detail : detail.map(({ msg }) => msg).join(" "));
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

export function imageNotFound(asked: string): RestRefusal {
  return new RestRefusal(404, `image not found: ${asked}`);
}

export function unprocessable(...problems: readonly Problem[]): RestRefusal {
  return new RestRefusal(422, problems);
}

/** 405 as FastAPI has it, with every method that would do. */
export function methodNotAllowed(allowed: readonly string[]): RestRefusal {
  return new RestRefusal(405, "Method Not Allowed", { allow: allowed.join(", ") });
}

/** A failure of the main path on this face. */
export function asRefusal(error: IsobitError): RestRefusal {
  return new RestRefusal(httpStatus(error), error.message, headersOf(error));
}

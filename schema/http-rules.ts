import { IsobitError } from "#core/errors.ts";

/* What HTTP's own rules refuse, in the same way on every face. */

/** @throws IsobitError BAD_INPUT, 405 with `allow`, unless the method is one of these */
export function requireMethod({ method }: Request, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new IsobitError("BAD_INPUT", `This path does not support ${method}; use ${allowed.join(" or ")}.`, {
    http: { status: 405, headers: { allow: allowed.join(", ") } },
  });
}

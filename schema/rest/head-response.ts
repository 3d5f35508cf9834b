import { Response } from "@whatwg-node/fetch";

/** What a GET is answered, without its body where only the head was asked for (RFC 9110, 9.3.2). */
export function withoutBodyForHead({ method }: Request, response: Response): Response {
  if (method !== "HEAD") return response;
  return new Response(null, { status: response.status, headers: response.headers });
}

import { isErrorCode } from "#core/errors.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE } from "#schema/link/message.ts";

export interface LinkAnswer {
  readonly status: number;
  /** Absent for an answer. */
  readonly code: string | undefined;
  readonly json: unknown;
  readonly bytes: readonly Uint8Array[];
}

/** One question to a side with the token itself. @param token null: without one */
export async function askLink(
  url: string,
  question: string,
  json: unknown,
  { bytes = [], token }: { readonly bytes?: readonly Uint8Array[]; readonly token: string | null },
): Promise<LinkAnswer> {
  return await postLink(url, question, encodeMessage({ json, bytes }), token);
}

export async function postLink(
  url: string,
  question: string,
  body: Uint8Array<ArrayBuffer>,
  token: string | null,
  scheme = "Bearer",
): Promise<LinkAnswer> {
  const response = await fetch(`${url}/link/${question}`, {
    method: "POST",
    headers: { "content-type": MESSAGE_TYPE, ...(token !== null && { authorization: `${scheme} ${token}` }) },
    body,
  });
  const { status } = response;
  if (response.ok) {
    return { status, code: undefined, ...decodeMessage(new Uint8Array(await response.arrayBuffer())) };
  }
  const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
  const code = errors[0]?.extensions.code;
  if (!isErrorCode(code)) throw new Error(`/link/${question} answered ${status} ${JSON.stringify(errors)}`);
  return { status, code, json: errors[0]?.message, bytes: [] };
}

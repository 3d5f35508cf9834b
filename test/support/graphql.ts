/** One POST to a side's /graphql, as any client sends it. */
export interface Asked {
  readonly status: number;
  readonly body: {
    // The shape is each test's own.
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly data?: any;
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  };
}

export async function ask(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  return await postBody(url, JSON.stringify({ query, variables }), headers);
}

export async function postBody(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Asked["body"] };
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

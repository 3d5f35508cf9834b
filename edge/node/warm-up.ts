import type { ModelInfo } from "#core/model/model.ts";

const QUERY = `query ($pixels: Bytes!, $model: ID!) {
  rawLogits(input: { pixels: $pixels }, backend: WASM, model: $model) { sha256 }
}`;

/**
 * Asks a running edge for the model's logits of an empty image, so that the next one to ask finds everything loaded.
 * @throws Error with the edge's own sentence where the model does not run on WebAssembly
 */
export async function warmUp(url: string, { id, input }: ModelInfo): Promise<void> {
  const pixels = Buffer.alloc(input.width * input.height).toString("base64");
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: QUERY, variables: { pixels, model: id } }),
  });
  const answer = (await response.json()) as { data?: unknown; errors?: readonly { message: string }[] };
  const [failure] = answer.errors ?? [];
  if (failure) throw new Error(`the model ${id} does not run on WebAssembly. ${failure.message}`);
}

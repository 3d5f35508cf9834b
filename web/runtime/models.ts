import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";

let known: Promise<readonly ModelInfo[]> | undefined;

/**
 * A served model as the sides know it, its proof included.
 * @throws IsobitError MODEL_NOT_FOUND, or BACKEND_UNAVAILABLE where the list does not come
 */
export async function findModel(id: string): Promise<ModelInfo> {
  known ??= fetchModels();
  const models = await known.catch((error: unknown) => {
    known = undefined;
    const message = `The list of models did not arrive (${messageOf(error)}). Is the edge still running? Then try again.`;
    throw new IsobitError("BACKEND_UNAVAILABLE", message);
  });
  const found = models.find((model) => model.id === id);
  if (found) return found;
  throw new IsobitError("MODEL_NOT_FOUND", `No model is called ${id}. Reload the page; the list may have changed.`);
}

async function fetchModels(): Promise<readonly ModelInfo[]> {
  const response = await fetch("/models/catalogue.json");
  if (!response.ok) throw new Error(`the edge answered ${response.status}`);
  return (await response.json()) as ModelInfo[];
}

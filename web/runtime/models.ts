import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";

let known: Promise<readonly ModelInfo[]> | undefined;

/**
 * A served model, including its certificate.
 * @throws IsobitError MODEL_NOT_FOUND, or BACKEND_UNAVAILABLE if the list cannot be loaded
 */
export async function findModel(id: string): Promise<ModelInfo> {
  known ??= fetchModels();
  const models = await known.catch((error: unknown) => {
    known = undefined;
    const message = `The list of models could not be loaded (${messageOf(error)}). Check that the edge is running, then try again.`;
    throw new IsobitError("BACKEND_UNAVAILABLE", message);
  });
  const found = models.find((model) => model.id === id);
  if (found) return found;
  throw new IsobitError("MODEL_NOT_FOUND", `There is no model ${id}. Reload the page; the list may have changed.`);
}

async function fetchModels(): Promise<readonly ModelInfo[]> {
  const response = await fetch("/models/catalogue.json");
  if (!response.ok) throw new Error(`the edge responded with status ${response.status}`);
  return (await response.json()) as ModelInfo[];
}

import { loadServedModels } from "../../models/load.ts";
import type { Variables } from "./stack-settings.ts";

/** How a stack with these variables feeds MODEL, where the model does not state it; null where it does. */
export async function servedPreprocessNote(variables: Variables): Promise<string | null> {
  if (!variables["MODEL"]?.trim() && !variables["MODEL_JSON"]?.trim()) return null;
  // A model that cannot be served is reported by the side that refuses it.
  const [own] = await loadServedModels(variables).catch(() => []);
  return own?.preprocessNote ?? null;
}

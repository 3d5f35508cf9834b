import { coversBackend, isCertifiedInput } from "#core/model/certified.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { CERTIFICATE_VIOLATED, violationMessage } from "#core/verdicts/violation.ts";
import { compareRows } from "../answers/compare.ts";
import type { AnswerRow, SketchRequest } from "../answers/source.ts";
import { asFailures, type Failure } from "../failures.ts";
import { findModel } from "./models.ts";
import { prepareSketch } from "./prepare-sketch.ts";
import { BROWSER_PROVIDERS, providerOf } from "./providers.ts";

/**
 * This browser's rows whose bits differ from the reference's although the model's certificate proves them equal.
 * @returns one alarm per source, with the source as its `extent`
 * @throws IsobitError if the model's description cannot be loaded
 */
export async function brokenByBrowser(request: SketchRequest, answers: readonly AnswerRow[]): Promise<Failure[]> {
  const { reference, rows } = compareRows(answers);
  const model = await findModel(request.model);
  if (reference === null || !covers(model, reference)) return [];
  const input = await prepareSketch(model, request.pixels);
  if (!input.ok || !isCertifiedInput(model, input.tensor)) return [];
  return rows.flatMap(({ row: { source }, drift }) => {
    if (!providerOf(source) || !drift || drift.differingElements === 0 || !covers(model, source)) return [];
    const message = violationMessage({
      model: model.id,
      reference,
      other: source,
      differing: `${drift.differingElements} logits`,
      input: "this sketch",
      suspect: "This browser or that backend",
    });
    return asFailures({ code: CERTIFICATE_VIOLATED, message }).map((failure) => ({
      ...failure,
      extent: source,
      advice:
        "Keep the sketch: the history exports it as JSON, with the model, the input and the bits of every result.",
    }));
  });
}

/** A certificate covers a provider of this browser if it covers the backend with the same kernels. */
function covers(model: ModelInfo, source: string): boolean {
  const provider = providerOf(source);
  return coversBackend(model, provider ? BROWSER_PROVIDERS[provider].standsFor : source);
}

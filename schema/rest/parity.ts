import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import type { Verdict } from "#core/verdicts/verdict.ts";
import { MAX_REST_IMAGES } from "#core/limits.ts";
import { answer } from "#core/path.ts";
import type { InferenceResponse, OutputAnswer, PredictionAnswer, RowAnswer } from "#core/respond.ts";
import type { Host } from "#core/host.ts";
import { imageNamed } from "./images.ts";
import { unprocessable } from "./refusal.ts";
import { backendNamed, cpuBackend, gpuRole } from "./roles.ts";
import { computedBy, latencySeconds, probabilitiesOf } from "./source-fields.ts";

/**
 * The body of /parity: `cpu` against `gpu` through one request to the main path. `match` compares labels, as Paragon's
 * does; the verdict comes from the bits of the logits; a missing answer makes it INCOMPLETE.
 * @param standIn the backend used as `gpu` unless the query names one
 * @throws RestRefusal 422
 */
export async function compareRoles(query: URLSearchParams, host: Host, standIn?: BackendId) {
  const named = standInOf(query) ?? standIn;
  const names = askedImages(query, host);
  const gpu = await gpuRole(host, named);
  const sources = { cpu: cpuBackend(host.side, named), gpu: gpu.backend };
  const entries = names.map((name) => imageNamed(name, host.images));
  const answered = await ask(
    entries.flatMap((entry) => entry?.id ?? []),
    sources,
    host,
  );
  const rows = (answered?.rows ?? []).values();
  const results = names.map((name, index) => {
    const entry = entries[index];
    const row = entry && rows.next().value;
    return row ? comparedRow(entry.file, row, sources) : { image: name, error: "not found" };
  });
  return {
    gpu_available: gpu.available,
    mismatches: results.filter((row) => "match" in row && row.match === false).length,
    total: results.length,
    results,
    verdict: entries.includes(undefined) ? "INCOMPLETE" : (answered?.verdict ?? "INCOMPLETE"),
    model: host.catalogue.models[0]?.id ?? null,
    cpu_backend: sources.cpu,
    gpu_backend: sources.gpu,
    certificate_violations: answered?.violations.length ?? 0,
  };
}

interface Sources {
  readonly cpu: BackendId;
  readonly gpu: BackendId | null;
}

/** @throws RestRefusal 422 for more images than one query may hold */
function askedImages(query: URLSearchParams, { images }: Host): readonly string[] {
  const asked = query.getAll("images");
  if (asked.length > MAX_REST_IMAGES) {
    const msg = `List should have at most ${MAX_REST_IMAGES} items`;
    throw unprocessable({ loc: ["query", "images"], msg, type: "too_long" });
  }
  return asked.length > 0 ? asked : images.map(({ file }) => file);
}

/** `?gpu=CPU`: the backend used as `gpu` in this one call. @throws RestRefusal 422 */
function standInOf(query: URLSearchParams): BackendId | undefined {
  const text = query.getAll("gpu").at(-1);
  if (text === undefined) return undefined;
  const named = backendNamed(text);
  if (named) return named;
  const msg = `Input should be one of ${BACKEND_IDS.map((id) => `'${id}'`).join(", ")}`;
  throw unprocessable({ loc: ["query", "gpu"], msg, type: "enum" });
}

async function ask(images: readonly string[], { cpu, gpu }: Sources, host: Host) {
  if (images.length === 0) return null;
  const backends = gpu === null ? [cpu] : [cpu, gpu];
  const answered: InferenceResponse = await answer({ images, backends, reference: cpu }, host);
  return answered;
}

function comparedRow(image: string, row: RowAnswer, { cpu, gpu }: Sources) {
  const expected = outputOf(row, cpu);
  const actual = gpu === null ? null : outputOf(row, gpu);
  // Paragon has no form for a CPU that failed, but it has one for a row that could not be computed.
  if (!expected.prediction) return { image, error: expected.error?.message ?? "no answer" };
  const [pair] = row.pairs;
  const verdict: Verdict = pair?.verdict ?? "INCOMPLETE";
  return {
    image,
    cpu: sourceFields(expected.prediction),
    gpu: actual?.prediction ? sourceFields(actual.prediction) : null,
    match: pair?.labelsMatch ?? null,
    verdict,
    max_ulp: pair?.maxUlp ?? null,
    logit_max_abs: pair?.maxAbs ?? null,
    ...(actual?.error ? { gpu_error: actual.error.message } : {}),
  };
}

function outputOf({ outputs }: RowAnswer, source: BackendId): OutputAnswer {
  const output = outputs.find((each) => each.source === source);
  if (!output) throw new Error(`the main path left ${source} out`);
  return output;
}

function sourceFields(prediction: PredictionAnswer) {
  return {
    pred: prediction.classIndex,
    probs: probabilitiesOf(prediction),
    latency_sec: latencySeconds(prediction),
    ...computedBy(prediction),
  };
}

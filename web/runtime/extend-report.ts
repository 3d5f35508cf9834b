import { base64 } from "@scure/base";
import type { BackendId } from "#core/backends.ts";
import type { Inference } from "#core/backends/backend.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { compare } from "#core/compare.ts";
import { weightiest } from "#core/verdicts/verdict.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { preprocess, type PreparedInput } from "#core/preprocess.ts";
import { argmax } from "#core/tensors/softmax.ts";
import { CERTIFICATE_VIOLATED, violationMessage } from "#core/verdicts/violation.ts";
import { logitsOf } from "../logits.ts";
import type { Image, Output, Report } from "../queries.ts";
import { findModel } from "./models.ts";
import { BROWSER_PROVIDERS, type Provider, PROVIDERS } from "./providers.ts";
import { browserRuntime } from "./runtime.ts";

export interface ReportToExtend {
  readonly report: Report;
  readonly images: readonly Image[];
  readonly tolerance: Tolerance | null;
  /** The browser's sources to add. */
  readonly sources: readonly string[];
  readonly signal: AbortSignal;
  /** Called with the report after each added source, so that a slow source does not delay another. */
  onLonger(report: Report, sources: readonly string[]): void;
}

/**
 * Runs a report's images in this browser and adds the results to it, each source as one more pair.
 * @throws IsobitError if the model's description cannot be loaded; the signal's reason if it is aborted
 */
export async function extendReport(extension: ReportToExtend): Promise<void> {
  const { report, images, tolerance, sources, signal, onLonger } = extension;
  const model = await findModel(report.model.id);
  const inputs = await prepareImages(report, images, model);
  const providers = PROVIDERS.filter((provider) => sources.includes(BROWSER_PROVIDERS[provider].source));
  const asked = providers.map((provider) => ({ provider, answers: answerAll(provider, model, inputs, signal) }));
  let longer = report;
  const included: string[] = [];
  for (const { provider, answers } of asked) {
    longer = withProvider(longer, provider, await answers, { model, inputs, tolerance });
    included.push(BROWSER_PROVIDERS[provider].source);
    onLonger(longer, [...included]);
  }
}

/** The same preprocessing as on the sides, of the images that the edge serves. */
function prepareImages({ rows }: Report, images: readonly Image[], model: ModelInfo): Promise<PreparedInput[]> {
  const entries = images.map(({ id, label, url, width, height }) => ({
    id,
    label,
    file: url,
    width,
    height,
    sha256: "",
  }));
  const items = rows.map(({ image: id }) => ({ id, source: { kind: "image", id } as const }));
  return preprocess(
    { model, items },
    {
      images: entries,
      readImage: async ({ file }) => {
        const response = await fetch(file);
        if (!response.ok) throw new Error(`the edge responded with status ${response.status}`);
        return new Uint8Array(await response.arrayBuffer());
      },
      decodeOther: () => Promise.reject(new Error("a built-in image is PNG")),
    },
  );
}

async function answerAll(
  provider: Provider,
  model: ModelInfo,
  inputs: readonly PreparedInput[],
  signal: AbortSignal,
): Promise<Inference[]> {
  const tensors = inputs.flatMap((input) => (input.ok ? [input.tensor] : []));
  const inferences = await run(provider, model, tensors, signal);
  const next = inferences.values();
  return inputs.map((input) => (input.ok ? next.next().value! : { ok: false, error: input.error }));
}

async function run(
  provider: Provider,
  model: ModelInfo,
  tensors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<Inference[]> {
  try {
    const posted = await browserRuntime.run(provider, model, tensors, signal);
    return posted.map((each) => (each.ok ? each : { ok: false, error: new IsobitError(each.code, each.message) }));
  } catch (error) {
    signal.throwIfAborted();
    const failure = error instanceof IsobitError ? error : new IsobitError("BACKEND_FAILED", messageOf(error));
    return tensors.map(() => ({ ok: false, error: failure }));
  }
}

interface Compared {
  readonly model: ModelInfo;
  readonly inputs: readonly PreparedInput[];
  readonly tolerance: Tolerance | null;
}

/**
 * The report with one more source. The comparison and certificates know only backends, so the provider is compared
 * under the name of the backend with the same kernels. If the reference has that name, it is compared as CPU, which
 * certificates cover alike.
 */
function withProvider(report: Report, provider: Provider, answers: readonly Inference[], compared: Compared): Report {
  const { model, inputs, tolerance } = compared;
  const { source, standsFor } = BROWSER_PROVIDERS[provider];
  const reference = (report.reference === standsFor ? "CPU" : report.reference) as BackendId;
  const sources = [reference, standsFor];
  const plan = { model, sources, reference, tolerance, peers: [], items: [], environment: [] };
  const outputs = new Map([
    [reference, referenceAnswers(report)],
    [standsFor, answers],
  ]);
  const { verdict, totals, rows } = compare(plan, inputs, outputs);
  const names = { reference: report.reference, other: source };
  return {
    ...report,
    verdict: weightiest([report.verdict, verdict]),
    pairs: [...report.pairs, ...totals.map((total) => ({ ...total, ...names }))],
    rows: report.rows.map((row, index) => ({
      ...row,
      outputs: [...row.outputs, outputOf(source, model, answers[index])],
      pairs: [
        ...row.pairs,
        ...(rows[index] ?? []).map((pair) => ({ ...pair, ...names, labelsMatch: pair.labelsMatch === true })),
      ],
    })),
    certificateViolations: [
      ...report.certificateViolations,
      ...rows.flatMap((pairs, index) =>
        pairs
          .filter(({ inCertifiedDomain, differingElements }) => inCertifiedDomain && differingElements > 0)
          .map(({ differingElements }) => ({
            code: CERTIFICATE_VIOLATED,
            message: violationMessage({
              model: model.id,
              ...names,
              differing: `${differingElements} logits`,
              input: `image ${report.rows[index]?.image}`,
              suspect: "This browser or that backend",
            }),
          })),
      ),
    ],
  };
}

function referenceAnswers({ rows, reference }: Report): Inference[] {
  return rows.map(({ outputs }) => {
    const output = outputs.find(({ source }) => source === reference);
    const logits = output === undefined ? null : logitsOf(output);
    if (logits) return { ok: true, logits, latencyMs: null };
    return { ok: false, error: new IsobitError("BACKEND_FAILED", output?.error?.message ?? "It returned no result.") };
  });
}

function outputOf(source: string, { labels }: ModelInfo, answer: Inference | undefined): Output {
  if (!answer?.ok) {
    const { code, message } = answer?.error ?? { code: "BACKEND_FAILED", message: "It returned no result." };
    return { source, prediction: null, error: { code, message } };
  }
  const { logits, latencyMs } = answer;
  const label = labels[argmax(logits)] ?? "NaN";
  return { source, prediction: { label, latencyMs, logits: { bits: base64.encode(bytesOf(logits)) } }, error: null };
}

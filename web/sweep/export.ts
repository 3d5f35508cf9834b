import { base64 } from "@scure/base";
import { csvText } from "../csv.ts";
import { hexBits, logitsOf } from "../logits.ts";
import type { SweepState } from "./sweep-run.ts";
import { placeOf } from "./words.ts";
import type { WorstRow } from "./worst-rows.ts";

/** What was asked and found, for a program to read. Every total; of the rows, those that are listed. */
export function sweepJson(state: SweepState): string {
  const { phase, progress, question, tally, worst, failures, alarms, startedAt } = state;
  const labels = question?.pictures.labels ?? null;
  const { model, pairs, ...about } = progress ?? { model: null, pairs: [] };
  const file = {
    format: "isobit sweep",
    version: 1,
    startedAt: new Date(startedAt).toISOString(),
    ended: phase,
    pictures: question?.pictures.description,
    backends: question?.backends,
    tolerance: question?.tolerance,
    model: model && { id: model.id, sha256: model.sha256 },
    ...about,
    certificateViolations: alarms.count,
    accuracy:
      labels &&
      Object.fromEntries([...tally.sources].map(([source, { right, answered }]) => [source, { right, answered }])),
    missing: tally.gaps,
    failures: failures.map(({ code, message }) => ({ code, message })),
    pairs: pairs.map((pair) => ({ ...pair, worstPicture: nameOf(state, pair.worstImage) })),
    rowsThatDiffer: tally.differing,
    rows: worst.map((row) => rowOf(state, row)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function rowOf({ question }: SweepState, { place, pair, reference, other, broken }: WorstRow) {
  const preview = question?.pictures.preview(place);
  return {
    place,
    picture: question?.pictures.name(place),
    /** Base64 of one grey level a pixel: what `ImageInput.pixels` takes; absent for files. */
    pixels: preview?.kind === "pixels" ? base64.encode(preview.pixels) : undefined,
    shows: question?.pictures.labels?.[place],
    ...pair,
    certificateViolated: broken,
    outputs: [reference, other].map((output) => ({
      source: output.source,
      label: output.prediction?.label,
      logits: output.prediction?.logits.bits,
      logitBits: bitsOfOutput(output),
    })),
  };
}

const CSV_COLUMNS = [
  "place",
  "picture",
  "shows",
  "reference",
  "other",
  "verdict",
  "certificate_violated",
  "differing_logits",
  "max_ulp",
  "max_abs",
  "reference_label",
  "other_label",
  "reference_bits",
  "other_bits",
];

/** The listed rows, one a picture and pair; logits as their 32 bits in hex, side by side. */
export function sweepCsv({ worst, question }: SweepState): string {
  const lines = worst.map(({ place, pair, reference, other, broken }) => [
    place,
    question?.pictures.name(place) ?? "",
    question?.pictures.labels?.[place] ?? "",
    pair.reference,
    pair.other,
    pair.verdict,
    String(broken),
    pair.differingElements,
    pair.maxUlp ?? "",
    pair.maxAbs ?? "",
    reference.prediction?.label ?? "",
    other.prediction?.label ?? "",
    bitsOfOutput(reference).join(" "),
    bitsOfOutput(other).join(" "),
  ]);
  return csvText([CSV_COLUMNS, ...lines]);
}

function nameOf({ question }: SweepState, image: string | null): string | null {
  const place = image === null ? null : placeOf(image);
  return place === null ? image : (question?.pictures.name(place) ?? image);
}

function bitsOfOutput(output: WorstRow["reference"]): string[] {
  const logits = logitsOf(output);
  return logits ? hexBits(logits) : [];
}

import { base64 } from "@scure/base";
import { csvText } from "../csv.ts";
import { hexBits, logitsOf } from "../logits.ts";
import type { SweepState } from "./sweep-run.ts";
import { nameOf } from "./words.ts";
import type { WorstRow } from "./worst-rows.ts";

/** The request, all totals and the listed rows. */
export function sweepJson(state: SweepState): string {
  const { phase, progress, request, tally, worst, failures, alarms, startedAt } = state;
  const labels = request?.images.labels ?? null;
  const { model, pairs, ...about } = progress ?? { model: null, pairs: [] };
  const file = {
    format: "isobit sweep",
    version: 1,
    startedAt: new Date(startedAt).toISOString(),
    ended: phase,
    pictures: request?.images.description,
    backends: request?.backends,
    tolerance: request?.tolerance,
    model: model && { id: model.id, sha256: model.sha256 },
    ...about,
    certificateViolations: alarms.count,
    accuracy:
      labels &&
      Object.fromEntries([...tally.sources].map(([source, { right, answered }]) => [source, { right, answered }])),
    missing: tally.gaps,
    failures: failures.map(({ code, message }) => ({ code, message })),
    pairs: pairs.map((pair) => ({ ...pair, worstImage: nameOf(pair.worstImage, state) })),
    rowsThatDiffer: tally.differing,
    rows: worst.map((row) => rowOf(state, row)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function rowOf({ request }: SweepState, { place, pair, reference, other, broken }: WorstRow) {
  const preview = request?.images.preview(place);
  return {
    place,
    picture: request?.images.name(place),
    /** Base64 of one grey level per pixel, as in `ImageInput.pixels`; absent for files. */
    pixels: preview?.kind === "pixels" ? base64.encode(preview.pixels) : undefined,
    shows: request?.images.labels?.[place],
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
  "image",
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

/** The listed rows, one per image and pair. Logits are their 32 bits in hex, separated by spaces. */
export function sweepCsv({ worst, request }: SweepState): string {
  const lines = worst.map(({ place, pair, reference, other, broken }) => [
    place,
    request?.images.name(place) ?? "",
    request?.images.labels?.[place] ?? "",
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

function bitsOfOutput(output: WorstRow["reference"]): string[] {
  const logits = logitsOf(output);
  return logits ? hexBits(logits) : [];
}

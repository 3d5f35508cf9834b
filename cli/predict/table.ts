import { adviceFor } from "../advice.ts";
import { colour } from "../colour.ts";
import { textTable, type Column } from "../text-table.ts";
import type { AnsweredPrediction, ImageAnswer } from "./query.ts";

export interface TableOptions {
  /** Every label's logit and probability. */
  readonly verbose: boolean;
  /** Every logit's bits in hexadecimal. */
  readonly bits: boolean;
}

/** For the terminal: one line per image, then the labels of each image if they were asked for, then the failures. */
export function renderPredictions(answers: readonly ImageAnswer[], options: TableOptions): string {
  const sections = [
    ...heading(answers),
    textTable(SUMMARY, answers),
    ...(options.verbose || options.bits ? answers.flatMap((answer) => labelSection(answer, options)) : []),
    ...failureSections(answers),
  ];
  return `${sections.join("\n\n")}\n`;
}

function heading(answers: readonly ImageAnswer[]): string[] {
  const prediction = answers.find((answer) => answer.prediction !== null)?.prediction;
  if (!prediction) return [];
  const { model, backend, logits } = prediction;
  return [`Model ${model.id} (sha256 ${model.sha256.slice(0, 12)}) on ${backend} (${logits.executionProvider})`];
}

const SUMMARY: readonly Column<ImageAnswer>[] = [
  { title: "image", align: "left", cell: ({ image }) => image },
  { title: "label", align: "left", cell: ({ prediction }) => prediction?.label ?? "-" },
  { title: "probability", align: "left", cell: ({ prediction }) => probability(prediction) },
  { title: "ms", align: "right", cell: ({ prediction }) => prediction?.latencyMs?.toFixed(2) ?? "-" },
];

/** All digits, as computed. */
function probability(prediction: AnsweredPrediction | null): string {
  return String(prediction?.probabilities[prediction.classIndex] ?? "-");
}

function labelSection({ image, prediction }: ImageAnswer, { verbose, bits }: TableOptions): string[] {
  if (prediction === null) return [];
  const { model, logits, probabilities } = prediction;
  const words = bitsOf(logits.bits);
  const number = (value: number | null | undefined): string => String(value ?? "not finite");
  const columns: Column<number>[] = [
    { title: `image ${image}`, align: "left", cell: (index) => `  ${model.labels[index] ?? index}` },
    ...(verbose ? [column("probability", (index) => number(probabilities[index]))] : []),
    ...(verbose ? [column("logit", (index) => number(logits.values[index]))] : []),
    ...(bits ? [column("logit's bits", (index) => words[index] ?? "-")] : []),
  ];
  return [textTable(columns, [...words.keys()])];
}

function column(title: string, cell: (index: number) => string): Column<number> {
  return { title, align: "left", cell };
}

/** "3f800000" for 1: most significant digit first, as the standard writes a float. */
function bitsOf(base64: string): string[] {
  const bytes = Buffer.from(base64, "base64");
  return Array.from({ length: bytes.length / 4 }, (_, index) =>
    bytes
      .readUInt32LE(index * 4)
      .toString(16)
      .padStart(8, "0"),
  );
}

function failureSections(answers: readonly ImageAnswer[]): string[] {
  return answers.flatMap(({ image, error }) =>
    error === null
      ? []
      : [`${colour("red", error.code)}: no answer for ${image}\n  ${error.message}\n  ${adviceFor(error.code)}`],
  );
}

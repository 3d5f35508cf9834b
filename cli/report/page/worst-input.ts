import { readElements, type Elements } from "#core/tensors/read-elements.ts";
import { float32Text } from "#core/tensors/float-text.ts";
import { stepsOf } from "#core/statistics/steps.ts";
import { bytesPerElement } from "#core/tensors/tensor-value.ts";
import { valueOf } from "#library/report/tensor.ts";
import { answerOf, modelOf } from "#library/report/look-up.ts";
import { short } from "#library/report/numbers.ts";
import type { ReportedPair, ReportedTensor, RunReport } from "#library/report/run-report.ts";
import { html, type Markup } from "./markup.ts";
import { tableOf, type TableColumn } from "./table.ts";

/** The number of elements shown per output; of a larger output, the elements that differ most. */
const MOST_ELEMENTS = 64;

/** The input that drifts most: its image and both outputs, bit by bit. */
export function worstInput(report: RunReport, pair: ReportedPair): Markup | null {
  const row = report.rows.find(({ input }) => input === pair.worstInput);
  const [reference, other] = [pair.reference, pair.other].map((source) => row && answerOf(row, source));
  if (!row || !reference || !other) return null;
  const labels = modelOf(report, pair.reference)?.labels ?? null;
  const outputs = reference.tensors.flatMap((tensor) => {
    const counterpart = other.tensors.find(({ name }) => name === tensor.name);
    return counterpart?.bits && tensor.bits ? [outputTable(pair, [tensor, counterpart], labels)] : [];
  });
  if (outputs.length === 0) return null;
  const said = [reference, other].map(
    ({ source, prediction }) => prediction && `${source} predicts ${prediction.label}`,
  );
  return html`<h3>Worst input: ${row.input}</h3>
    <div class="worst">
      ${
        row.picture !== null &&
        html`<figure>
          <img src="data:image/png;base64,${row.picture}" alt="Input ${row.input}" />
          <figcaption>${said.filter(Boolean).join(", ")}</figcaption>
        </figure>`
      }
      <div>${outputs}</div>
    </div>`;
}

interface ShownElement {
  readonly index: number;
  readonly distance: number;
  readonly steps: number;
}

function outputTable(
  pair: ReportedPair,
  tensors: readonly [ReportedTensor, ReportedTensor],
  labels: readonly string[] | null,
): Markup {
  const [left, right] = [readElements(valueOf(tensors[0])), readElements(valueOf(tensors[1]))];
  if (left.type !== right.type || left.length !== right.length) {
    return html`<p>
      ${tensors[0].name}: the two sources returned tensors of different shapes, which cannot be shown side by side.
    </p>`;
  }
  const steps = stepsOf(left.type);
  const all = Array.from(left.numbers, (number, index): ShownElement => ({
    index,
    distance: Math.abs(number - right.numbers[index]!),
    steps: steps(left, right, index),
  }));
  const shown = furthest(all);
  const named = labels?.length === left.length;
  const columns: TableColumn<ShownElement>[] = [
    { title: named ? "class" : "element", cell: ({ index }) => (named ? labels[index]! : String(index)) },
    { title: pair.reference, number: true, cell: ({ index }) => numberText(left, index) },
    { title: "bits", cell: ({ index }) => bitsMarkup(left, right, index) },
    { title: pair.other, number: true, cell: ({ index }) => numberText(right, index) },
    { title: "bits", cell: ({ index }) => bitsMarkup(right, left, index) },
    { title: "|a-b|", number: true, cell: ({ distance }) => short(Number.isNaN(distance) ? null : distance) },
    { title: "ULP", number: true, cell: (element) => short(Number.isNaN(element.steps) ? null : element.steps) },
  ];
  const left64 = all.length - shown.length;
  const caption = `${tensors[0].name}, ${left.type}${left64 > 0 ? `: the ${shown.length} of ${all.length} elements that differ most` : ""}`;
  return tableOf(columns, shown, caption);
}

function furthest(all: readonly ShownElement[]): readonly ShownElement[] {
  if (all.length <= MOST_ELEMENTS) return all;
  const size = ({ distance }: ShownElement): number => (Number.isNaN(distance) ? Infinity : distance);
  const worst = all.toSorted((one, another) => size(another) - size(one) || one.index - another.index);
  return worst.slice(0, MOST_ELEMENTS).toSorted((one, another) => one.index - another.index);
}

function numberText({ type, numbers, words }: Elements, index: number): string {
  const number = numbers[index]!;
  if (type.endsWith("int64")) return String(type === "int64" ? BigInt.asIntN(64, BigInt(words[index]!)) : words[index]);
  return type === "float32" && Number.isFinite(number) ? float32Text(number) : String(number);
}

/** The element's bits in hex; digits that differ from the other side are marked. */
function bitsMarkup(own: Elements, other: Elements, index: number): Markup {
  const [digits, others] = [own, other].map(({ words, type }) =>
    words[index]!.toString(16).padStart(2 * bytesPerElement(type), "0"),
  );
  return html`<code
    >${Array.from(digits!, (digit, place) => (digit === others![place] ? digit : html`<b>${digit}</b>`))}</code
  >`;
}

import type { BlockingNode, Certificate, Certification, CertifiedNode } from "./certificate.ts";
import { boundSentence } from "./node-report.ts";

const THEOREM = [
  "Theorem. Let a finite sum of products of float32 numbers have only terms that are multiples of one power of two 2^e,",
  "and let their absolute values add up to less than 2^24 times 2^e. Then every partial sum, taken in any order and with",
  "or without fused multiply-add, is such a multiple below 2^24 x 2^e too. A float32 holds it exactly, so nothing is ever",
  "rounded, and every evaluation gives the exact value. Signs of zeros are tracked separately: x + y is +0 unless both are -0.",
];

/**
 * The proof as lines of plain text: the domain, each node's rule, grid, interval and bound, the conclusion and the
 * assumptions. Without a proof, the node where it fails, why, and what to do.
 * @param subject what was certified, e.g. the file's name
 */
export function explain(certification: Certification, subject: string): readonly string[] {
  if (certification.certified) return explainProof(certification.certificate, subject);
  const { inputDomain, firstFailure, nodes } = certification;
  const before = nodes.findIndex(({ exact }) => !exact);
  const others = nodes.filter(
    ({ exact, reason, name }) => !exact && name !== firstFailure.node && !reason.startsWith("It depends on"),
  );
  return [
    `${subject} is NOT certified: its bits may differ from backend to backend.`,
    "",
    ...(inputDomain === null ? [] : [`Inputs. Every element is one of the ${inputDomain}, never -0.`, ""]),
    ...computing(nodes.slice(0, before < 0 ? nodes.length : before)).flatMap(nodeLines),
    `It fails at ${firstFailure.node} (${firstFailure.op}).`,
    ...wrapped(firstFailure.reason, "  "),
    ...others
      .slice(0, MOST_FAILURES)
      .flatMap(({ name, op, reason }) => ["", `Later, ${name} (${op}) fails independently.`, ...wrapped(reason, "  ")]),
    ...(others.length > MOST_FAILURES ? ["", `${others.length - MOST_FAILURES} more nodes fail independently.`] : []),
  ];
}

/** Failures that are printed after the first. */
const MOST_FAILURES = 10;

/** Without constants: what they hold follows from the file, and an export can have hundreds of them. */
function computing(nodes: readonly CertifiedNode[]): readonly CertifiedNode[] {
  return nodes.filter(({ op, exact }) => op !== "Constant" || !exact);
}

function explainProof(certificate: Certificate, subject: string): readonly string[] {
  const { inputDomain, nodes, headroomUsed, assumptions } = certificate;
  return [
    `${subject} is certified: the same bits on every backend that meets the assumptions below.`,
    "",
    ...THEOREM,
    "",
    `Inputs. Every element is one of the ${inputDomain}, never -0.`,
    "",
    ...computing(nodes).flatMap(nodeLines),
    "Conclusion. By induction over the nodes, every output element has the same value in every evaluation, and zeros are +0:",
    `one bit pattern per input. The largest sum uses ${percent(headroomUsed)} of the 2^24 units that float32 counts exactly.`,
    "",
    ...reach("Any convolution algorithm", certificate.anyAlgorithm, certificate.otherAlgorithms),
    ...reach("TF32 factors", certificate.tf32Safe, certificate.tooWideForTf32),
    ...reach("ONNX Runtime's WEBGPU", certificate.webgpuFaults.length === 0, certificate.webgpuFaults),
    "",
    "Covered backends, each at these graph optimisation levels only:",
    ...certificate.covers.map(
      ({ backend, optimizationLevels }) => `  ${backend.padEnd(9)} ${optimizationLevels.join(", ")}`,
    ),
    "",
    "Assumptions (docs/exactness.md gives the basis of each).",
    ...assumptions.flatMap((sentence, at) => wrapped(sentence, `  ${at + 1}. `)),
  ];
}

function nodeLines({ name, op, reason, grid, interval, bound }: CertifiedNode, at: number): readonly string[] {
  const values =
    grid !== null && interval !== null
      ? [`   values: multiples of 2^${grid} from ${interval[0]} to ${interval[1]}`]
      : [];
  const sum = bound === null ? [] : [`   sum: ${lowered(boundSentence(bound))}`];
  const rule = bound === null ? reason : reason.replace(` ${boundSentence(bound)}`, "");
  return [`${at + 1}. ${name} (${op})`, ...values, ...sum, ...wrapped(lowered(rule), "   because "), ""];
}

function reach(what: string, holds: boolean, blocking: readonly BlockingNode[]): readonly string[] {
  if (holds) return [`${what}: covered.`];
  return [`${what}: not covered.`, ...blocking.flatMap(({ node, reason }) => wrapped(`${node}: ${reason}.`, "  - "))];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function lowered(sentence: string): string {
  // "TF32" and "Conv" keep their capitals.
  return /^[A-Z][a-z]* /.test(sentence) ? sentence[0]!.toLowerCase() + sentence.slice(1) : sentence;
}

const WIDTH = 118;

/** Lines of at most WIDTH characters; later lines are indented by the length of `lead`. */
function wrapped(text: string, lead: string): readonly string[] {
  const lines: string[] = [];
  let line = lead;
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = " ".repeat(lead.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

import { BACKENDS, type BackendId } from "./backends.ts";
import type { BackendStatus, Inference } from "./backends/backend.ts";
import { bytesOf } from "./tensors/bits.ts";
import type { Comparison } from "./compare.ts";
import type { PairDrift, PairTotal, Verdict } from "./verdicts/verdict.ts";
import type { IsobitError } from "./errors.ts";
import type { Outputs } from "./infer.ts";
import type { ModelInfo } from "./model/model.ts";
import type { PeerAnswers } from "./ask-peers.ts";
import { classOf } from "./verdicts/compare-peer.ts";
import type { GivenAnswer, PeerAnswer, PeerStatus } from "./peers/peer.ts";
import type { PreparedInput } from "./preprocess.ts";
import { sha256Hex } from "./tensors/sha256.ts";
import { argmax, softmax } from "./tensors/softmax.ts";
import type { Plan } from "./validate.ts";
import type { Violation } from "./verdicts/violation.ts";
import { violationsIn } from "./violations.ts";

export interface LogitsAnswer {
  readonly backend: BackendId;
  readonly executionProvider: string;
  readonly logits: Float32Array;
  readonly sha256: string;
  readonly inputSha256: string;
  readonly latencyMs: number | null;
}

export interface PredictionAnswer {
  readonly backend: BackendId;
  readonly model: ModelInfo;
  readonly label: string;
  readonly classIndex: number;
  readonly probabilities: readonly number[];
  readonly logits: LogitsAnswer;
  readonly latencyMs: number | null;
}

/** A peer's answer, with its label. */
export interface PeerOutputAnswer {
  readonly given: GivenAnswer;
  readonly label: string;
  readonly classIndex: number;
}

/** A backend's prediction, a peer's answer, or the error. */
export interface OutputAnswer {
  /** A backend, or a peer's id. */
  readonly source: string;
  readonly prediction: PredictionAnswer | null;
  readonly peer: PeerOutputAnswer | null;
  readonly error: IsobitError | null;
  /** Both answers of a peer that gave two different ones for this input. */
  readonly conflicting?: readonly PeerOutputAnswer[];
}

export interface RowAnswer {
  readonly image: string;
  /** Null if the input could not be prepared. */
  readonly inputSha256: string | null;
  readonly outputs: readonly OutputAnswer[];
  readonly pairs: readonly PairDrift[];
}

export interface InferenceResponse {
  readonly verdict: Verdict;
  readonly model: ModelInfo;
  readonly reference: BackendId;
  readonly total: number;
  readonly pairs: readonly PairTotal[];
  readonly rows: readonly RowAnswer[];
  /** Empty unless bits differ although the model's certificate says that they cannot. */
  readonly violations: readonly Violation[];
  readonly environment: readonly BackendStatus[];
  readonly peers: readonly PeerStatus[];
  readonly startedAt: string;
  readonly elapsedMs: number;
}

/** The label if any logit is NaN, with class index -1. */
const NAN_LABEL = "NaN";

/** Adds labels, probabilities and hashes to the logits: the last stage, the same for every request. */
export function respond(run: {
  readonly plan: Plan;
  readonly inputs: readonly PreparedInput[];
  readonly outputs: Outputs;
  readonly peers: PeerAnswers;
  readonly environment: readonly BackendStatus[];
  readonly comparison: Comparison;
  readonly startedAt: string;
  readonly elapsedMs: number;
}): InferenceResponse {
  const { plan, inputs, outputs, comparison } = run;
  return {
    verdict: comparison.verdict,
    model: plan.model,
    reference: plan.reference,
    total: plan.items.length,
    pairs: comparison.totals,
    rows: inputs.map((input, row) => ({
      image: input.id,
      get inputSha256() {
        return input.ok ? input.sha256 : null;
      },
      outputs: [
        ...plan.sources.map((source) => outputAnswer(source, plan.model, input, outputs.get(source)?.[row])),
        ...plan.peers.map(({ id }) => peerAnswer(id, plan.model, run.peers.get(id)?.[row])),
      ],
      pairs: comparison.rows[row] ?? [],
    })),
    violations: violationsIn(plan, inputs, outputs, comparison),
    environment: run.environment,
    peers: plan.peers,
    startedAt: run.startedAt,
    elapsedMs: run.elapsedMs,
  };
}

function outputAnswer(
  source: BackendId,
  model: ModelInfo,
  input: PreparedInput,
  inference: Inference | undefined,
): OutputAnswer {
  if (!input.ok) return { source, prediction: null, peer: null, error: input.error };
  if (!inference) throw new Error(`no outcome for ${source}`);
  if (!inference.ok) return { source, prediction: null, peer: null, error: inference.error };
  return { source, prediction: interpret(source, model, input, inference), peer: null, error: null };
}

function peerAnswer(source: string, model: ModelInfo, answer: PeerAnswer | undefined): OutputAnswer {
  if (!answer) throw new Error(`no outcome for the peer ${source}`);
  if (answer.ok) return { source, prediction: null, peer: peerOutput(model, answer), error: null };
  const { error, conflicting } = answer;
  const both = conflicting && { conflicting: conflicting.map((each) => peerOutput(model, each)) };
  return { source, prediction: null, peer: null, error, ...both };
}

function peerOutput(model: ModelInfo, given: GivenAnswer): PeerOutputAnswer {
  const classIndex = classOf(given);
  return { given, classIndex, label: labelOf(model, classIndex) };
}

function labelOf({ labels }: ModelInfo, classIndex: number): string {
  return classIndex === -1 ? NAN_LABEL : (labels[classIndex] ?? String(classIndex));
}

/** Labels, probabilities and hashes are computed when they are read: a sweep reads little but the logits. */
function interpret(
  backend: BackendId,
  model: ModelInfo,
  input: Extract<PreparedInput, { ok: true }>,
  { logits, latencyMs }: Extract<Inference, { ok: true }>,
): PredictionAnswer {
  let classIndex: number | undefined;
  let probabilities: readonly number[] | undefined;
  return {
    backend,
    model,
    get classIndex() {
      return (classIndex ??= argmax(logits));
    },
    get label() {
      return labelOf(model, this.classIndex);
    },
    get probabilities() {
      return (probabilities ??= softmax(logits));
    },
    latencyMs,
    logits: logitsAnswer(backend, input, logits, latencyMs),
  };
}

function logitsAnswer(
  backend: BackendId,
  input: Extract<PreparedInput, { ok: true }>,
  logits: Float32Array,
  latencyMs: number | null,
): LogitsAnswer {
  let sha256: string | undefined;
  return {
    backend,
    executionProvider: BACKENDS[backend].executionProvider,
    logits,
    get sha256() {
      return (sha256 ??= sha256Hex(bytesOf(logits)));
    },
    get inputSha256() {
      return input.sha256;
    },
    latencyMs,
  };
}

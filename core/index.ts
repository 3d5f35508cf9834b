/**
 * isobit without a runtime: compares tensors bit by bit, proves that a model's bits cannot differ, makes such models, and
 * traces a difference to its node and cause on any runtime. Pure TypeScript for browsers, Workers and Node.
 * @module
 */
export { compareTensors } from "./verdicts/compare-tensors.ts";
export type {
  CompareTensorsOptions,
  DifferingElement,
  ElementBits,
  TensorComparison,
} from "./verdicts/compare-tensors.ts";
export type { Tolerance } from "./verdicts/drift.ts";
export { bitsToHex, hexToValue, nextDown, nextUp, ulpDistance } from "./statistics/ulp.ts";
export type { FloatType } from "./tensors/float-format.ts";
export type { AnyTensor, RuntimeTensor } from "./tensors/given-tensor.ts";
export type { ElementArray } from "./tensors/tensor-array.ts";
export type { ElementType } from "./tensors/tensor-value.ts";

export { certify } from "./model/certify-file.ts";
export type { CertifiedSubject, CertifyOptions, CertifyResult } from "./model/certify-file.ts";
export type { ExternalFile, ReadExternal } from "./onnx/external-file.ts";
export type {
  BlockingNode,
  Certificate,
  Certification,
  CertifiedNode,
  CoveredBackend,
  Failure,
} from "./certify/certificate.ts";
export type { TensorClaim } from "./certify/claim.ts";
export type { InputDomain } from "./certify/domain.ts";
export type { Preprocess } from "./image/preprocess-settings.ts";

export { exactify } from "./exactify/exactify-file.ts";
export type { ExactifyOptions, ExactifyResult } from "./exactify/exactify-file.ts";
export type { LayerReport } from "./exactify/layer-report.ts";
export type { OpenSession } from "./exactify/session.ts";
export type { Levels } from "./image/grey.ts";

export { explainNode } from "./trace/explain-file-node.ts";
export type { ExplainNodeOptions, NodeOutputs } from "./trace/explain-file-node.ts";
export type {
  Cause,
  CauseCount,
  ComputedOn,
  ErrorBound,
  Explanation,
  Hypothesis,
  SumArithmetic,
  SumOrder,
  WrongElement,
} from "./explain/explanation.ts";

export { trace } from "./trace/trace-files.ts";
export type { TraceOptions, TraceSource } from "./trace/trace-files.ts";
export type { Evaluator, FedTensor, StopSignal } from "./trace/own-evaluator.ts";
export type { MarkingEffect, TracedNode, TraceResult } from "./trace/result.ts";

export { IsobitError } from "./errors.ts";
export type { ErrorCode, LibraryError, LibraryErrorCode } from "./errors.ts";
export type { BackendId } from "./backends.ts";

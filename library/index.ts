/**
 * isobit on Node: compare ONNX models across runtimes bit by bit, trace a difference to its node and cause, prove that a
 * model's bits cannot differ, make such a model, and sweep a data set. Nothing here prints, exits or draws progress.
 * @module
 */
export { compare, type CompareResult } from "./compare/compare.ts";
export type { CompareOptions, CompareProgress } from "./compare/options.ts";
export { trace, type TraceOptions, type TraceResult } from "./trace/trace.ts";
export { certify, type CertifyOptions, type CertifyResult } from "./certify/certify.ts";
export { exactify, type ExactifyOptions, type ExactifyResult } from "./exactify/exactify.ts";
export { sweep, type SweepOptions, type SweepResult } from "./sweep/sweep.ts";
export type { SweepProgress } from "./sweep/sweep-on-stack.ts";
export type { SweepSummary } from "./sweep/summary.ts";

export type { ReportedPair, ReportedRow, ReportedSource, ReportedTrace, RunReport } from "./report/run-report.ts";
export type { BackendId } from "#core/backends.ts";
export type { Certification } from "#core/certify/certificate.ts";
export type { Preprocess } from "#core/image/preprocess-settings.ts";
export type { Tolerance } from "#core/verdicts/drift.ts";
export type { Verdict } from "#core/verdicts/verdict.ts";
export { IsobitError, type ErrorCode, type LibraryError, type LibraryErrorCode } from "#core/errors.ts";

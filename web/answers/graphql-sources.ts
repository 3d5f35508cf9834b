import { base64 } from "@scure/base";
import type { AnyVariables, Client, TypedDocumentNode } from "urql";
import { floatsOf } from "#core/tensors/bits.ts";
import { asFailures } from "../failures.ts";
import { COMPARE_SKETCH, PREDICT_SKETCH, type SketchOutput, type SketchPrediction } from "./queries.ts";
import type { AnswerRow, AnswerSource, SketchRequest } from "./source.ts";

/** WASM on the edge alone, which responds quickly. */
export function edgeSource(client: Client): AnswerSource {
  return {
    id: "edge",
    quick: true,
    ask: async (request, signal) => {
      const { predict } = await askOnce(client, PREDICT_SKETCH, variablesOf(request), signal);
      return { rows: [answeredRow("WASM", predict)], alarms: [] };
    },
  };
}

/** Every available backend, through the edge. */
export function paritySource(client: Client): AnswerSource {
  return {
    id: "parity",
    quick: false,
    ask: async (request, signal) => {
      const { parity } = await askOnce(client, COMPARE_SKETCH, variablesOf(request), signal);
      return {
        rows: parity.rows.flatMap(({ outputs }) => outputs.map(rowOf)),
        alarms: parity.certificateViolations.flatMap(asFailures),
      };
    },
  };
}

function variablesOf({ pixels, model }: SketchRequest): { pixels: string; model: string } {
  return { pixels: base64.encode(pixels), model };
}

function rowOf({ source, prediction, error }: SketchOutput): AnswerRow {
  if (prediction) return answeredRow(source, prediction);
  const { code, message } = error ?? {
    code: "BACKEND_FAILED",
    message: "The backend returned neither a result nor a reason.",
  };
  return { source, ok: false, code, message };
}

function answeredRow(source: string, { label, probabilities, latencyMs, logits }: SketchPrediction): AnswerRow {
  return { source, ok: true, label, probabilities, latencyMs, logits: floatsOf(base64.decode(logits.bits)) };
}

/** One response. Aborting the signal cancels the request: urql does so without subscribers. */
function askOnce<Data, Variables extends AnyVariables>(
  client: Client,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
): Promise<Data> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { unsubscribe } = client.query(query, variables).subscribe(({ data, error }) => {
      if (data !== undefined && error === undefined) resolve(data);
      else reject(error ?? new Error("The response was empty."));
    });
    signal.addEventListener("abort", () => {
      unsubscribe();
      reject(signal.reason as Error);
    });
  });
}

import type { ServedModel } from "#core/model/catalogue.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { bodiesOf } from "#core/onnx/lookup.ts";
import { readModel } from "#core/onnx/read.ts";
import { isSmall } from "./session.ts";
import type { HandleHostRequest } from "./session-host.ts";

/*
 * Which models may run in the origin's own thread. Every other request waits for an inference there, and nothing can end
 * it.
 */

/** Time limit for a blank image. The shipped models take about 0.1 ms. */
const QUICK_MS = 2;
/** The shortest run counts: on a busy machine, single runs take longer. */
const TIMED_RUNS = 3;

/** A small model without control flow: how long a loop runs may depend on the image. */
export function mayRunNear({ info, executed }: ServedModel): boolean {
  if (!isSmall(info, executed.length)) return false;
  const { graph, functions } = readModel(executed);
  return functions.length === 0 && graph.nodes.every((node) => bodiesOf(node).length === 0);
}

/**
 * Times a model whose session is open. A clock may choose the host, since a model has the same bits in both.
 * @param near the host in the origin's own thread
 */
export async function isQuick(near: HandleHostRequest, { sha256, input }: ModelInfo): Promise<boolean> {
  for (let run = 0; run < TIMED_RUNS; run++) {
    const answer = await near({ ask: "infer", sha256, rows: new Float32Array(input.elements) });
    const [latencyMs] = answer.is === "inferred" ? answer.outcomes.rows : [];
    if (typeof latencyMs === "number" && latencyMs < QUICK_MS) return true;
  }
  return false;
}

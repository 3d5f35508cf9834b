import { cpus } from "node:os";
import { available, type Backend } from "#core/backends/backend.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import { messageOf } from "#core/errors.ts";
import { joinedFloats } from "#core/tensors/joined.ts";
import { HOST_MESSAGE_IMAGES, MAX_ROWS_PER_RUN } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { cutPart, recentSource } from "#core/trace/cut.ts";
import type { CpuHost } from "./cpu-host.ts";
import type { HostResponse } from "./host-messages.ts";
import { type AskRows, joiningRequests } from "./joined-requests.ts";
import { isQuick, mayRunNear } from "./near-host.ts";
import { asInference, failed, notServed, type Outcome, unpacked } from "./outcomes.ts";
import { isSmall, RUNTIME_VERSION } from "./session.ts";
import { type HandleHostRequest, createSessionHost } from "./session-host.ts";

/** What runs the models' sessions. */
interface Hosts {
  readonly far: HandleHostRequest;
  /** The origin's own thread, which answers a single image soonest. */
  readonly near: HandleHostRequest;
  /** SHA-256 of the models that it may run. */
  readonly servedNear: ReadonlySet<string>;
}

/**
 * The CPU provider. Every model's session is opened and has answered once before this returns, so that a model that
 * cannot run stops the start.
 *
 * onnxruntime-node computes where it is called. A separate host therefore computes, and this thread goes on reading and
 * answering; only a single image of a quick model, which takes less time than a host takes to wake, stays here.
 * @param host the far one, which stays the caller's to close
 * @param nameOf what to call a model in a sentence: its file, where it is known
 * @throws ModelRejected that names the model and what ONNX Runtime objects to
 */
export async function openCpuBackend(
  models: readonly ServedModel[],
  host: CpuHost,
  nameOf: (model: ServedModel) => string,
): Promise<Backend> {
  const near = createSessionHost("cpu");
  const servedNear = new Set<string>();
  const opened = await host.open(models);
  models.forEach((model, place) => checkOpened(opened[place], nameOf(model)));
  for (const model of models.filter(mayRunNear)) {
    checkOpened(await near({ ask: "open", model: model.info, bytes: model.executed }), nameOf(model));
    if (await isQuick(near, model.info)) servedNear.add(model.info.sha256);
  }
  return backendOn({ far: (request) => host.request(request), near, servedNear }, models);
}

function backendOn(hosts: Hosts, models: readonly ServedModel[]): Backend {
  const served = new Map(models.map((model) => [model.info.sha256, model]));
  const servedAs = (model: ModelInfo): ServedModel => served.get(model.sha256) ?? notServed("CPU", model);
  const asking = new Map(models.map((model) => [model.info.sha256, askingRows(hosts, model)]));
  const sourceOf = recentSource((model: ModelInfo) => servedAs(model).executed);
  // Read once: it opens a file for each core, and every request asks for the status.
  const device = cpus()[0]?.model.trim() || null;
  const status = available("CPU", { runtimeVersion: RUNTIME_VERSION, device, hardwareGpu: false });
  return {
    id: "CPU",
    status: async () => status,
    infer: async (model, tensors) => {
      const ask = asking.get(model.sha256) ?? notServed("CPU", model);
      return (await ask(tensors)).map((outcome) => asInference("CPU", outcome));
    },
    evaluate: async (model, part, feeds) => {
      const cut = cutPart(await sourceOf(model), part, feeds);
      const sizeBytes = servedAs(model).executed.length;
      const answer = await heard(hosts.far({ ask: "run part", input: model.input, sizeBytes, part: cut, feeds }));
      return answer.is === "part run" ? answer.outputs : refused(answer);
    },
    fusedNodes: async (model, part) => {
      const cut = cutPart(await sourceOf(model), part, new Map());
      const answer = await heard(hosts.far({ ask: "fused nodes", part: cut }));
      return answer.is === "nodes fused" ? answer.nodes : refused(answer);
    },
  };
}

/** Sends a request's rows in shares, so that other requests get a turn; concurrent requests are joined. */
function askingRows({ near, far, servedNear }: Hosts, { info, executed }: ServedModel): AskRows {
  const share = isSmall(info, executed.length) ? MAX_ROWS_PER_RUN : HOST_MESSAGE_IMAGES;
  const joined = joiningRequests(async (rows) => {
    const host = rows.length === 1 && servedNear.has(info.sha256) ? near : far;
    const answer = await heard(host({ ask: "infer", sha256: info.sha256, rows: joinedFloats(rows) }));
    return answer.is === "inferred" ? unpacked(answer.outcomes, info) : refused(answer);
  }, share);
  return async (rows) => {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < rows.length; at += share) outcomes.push(...(await joined(rows.slice(at, at + share))));
    return outcomes;
  };
}

/** @throws IsobitError BACKEND_FAILED where the host was lost in this request */
async function heard(asked: Promise<HostResponse>): Promise<HostResponse> {
  return await asked.catch((error: unknown) => {
    throw failed("CPU", messageOf(error));
  });
}

function refused(answer: HostResponse): never {
  throw failed("CPU", answer.is === "failed" ? answer.message : "an unexpected response");
}

function checkOpened(answer: HostResponse | undefined, name: string): void {
  if (answer?.is === "opened") return;
  throw new ModelRejected(`${name}: ${objection(answer?.is === "failed" ? answer.message : "no answer")}`);
}

function objection(words: string): string {
  const [, operator, opset] = /No Op registered for (\S+) with domain_version of (\d+)/.exec(words) ?? [];
  const which = `ONNX Runtime ${RUNTIME_VERSION} cannot run the model.`;
  if (operator === undefined) return `${which} It says: ${words}`;
  return `${which} It uses the operator ${operator}, which opset ${opset} does not have. Export it with ONNX's own operators.`;
}

import { BACKENDS, type BackendId } from "#core/backends.ts";
import type { Backend } from "#core/backends/backend.ts";
import { IsobitError } from "#core/errors.ts";
import type { Call } from "#core/call.ts";
import type { Host } from "#core/host.ts";
import type { Levels } from "#core/image/grey.ts";
import { MAX_LINK_BODY_BYTES } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { alignedFloats, bytesOf } from "#core/tensors/bits.ts";
import { joinedFloats, rowsOf } from "#core/tensors/joined.ts";
import { forwardedCall } from "../admission/open-calls.ts";
import { hostFor } from "../admission/host-for.ts";
import { boundBody } from "../body-limit.ts";
import { checkToken } from "../caller.ts";
import { refuseSimpleType, requireMethod } from "../http-rules.ts";
import { refusal, toWire } from "../wire-errors.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE, type Message } from "./message.ts";
import { LINK_PATH } from "./path.ts";
import {
  type Answers,
  type Asked,
  fromTensors,
  type Question,
  QUESTIONS,
  toFailure,
  toTensors,
  type WireFailure,
} from "./questions.ts";
import { verifySignature } from "./signature.ts";

export interface LinkHandlerOptions {
  readonly host: Host;
  /** ORIGIN_TOKEN; without it every question is refused. */
  readonly token: string | undefined;
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
}

/** Answers the other side under /link/: calls that are signed with the token, or carry it. It is not part of the public API. */
export function createLinkHandler({
  host,
  token,
  logInternal,
}: LinkHandlerOptions): (request: Request, call: Call) => Promise<Response> {
  return async (request, call) => {
    try {
      const name = new URL(request.url).pathname.slice(LINK_PATH.length);
      const checkBody = await refuseStrangers(request, token, host, name);
      requireMethod(request, ["POST"]);
      refuseSimpleType(request, MESSAGE_TYPE);
      if (!isQuestion(name)) {
        throw new IsobitError("BAD_INPUT", `The ${host.side.toLowerCase()} does not serve ${LINK_PATH}${name}.`);
      }
      const bounded = await boundBody(request, MAX_LINK_BODY_BYTES);
      const body = new Uint8Array(await bounded.arrayBuffer());
      await checkBody?.(body);
      const message = decodeMessage(body);
      const answer = encodeMessage(await answerQuestion(name, message, hostFor(host, forwardedCall(call, request))));
      return new Response(answer, { headers: { "content-type": MESSAGE_TYPE } });
    } catch (error) {
      if (error instanceof IsobitError) return refusal(error);
      const { message, extensions } = toWire(error, logInternal);
      return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
    }
  };
}

/** @returns what checks the body of a signed call */
async function refuseStrangers(
  request: Request,
  token: string | undefined,
  { side }: Host,
  question: string,
): ReturnType<typeof verifySignature> {
  if (token !== undefined) {
    const checkBody = await verifySignature(request, token, question);
    if (checkBody === null) checkToken(request, { token, anonymous: false });
    return checkBody;
  }
  throw new IsobitError(
    "UNAUTHENTICATED",
    `The ${side.toLowerCase()} was started without ORIGIN_TOKEN, so it cannot recognise the other side. Start both sides with the same ORIGIN_TOKEN (isobit start does).`,
  );
}

function isQuestion(name: string): name is Question {
  return Object.hasOwn(QUESTIONS, name);
}

type Answered<Name extends Question> = { readonly json: Answers[Name]; readonly bytes?: Message["bytes"] };

const ANSWERS: {
  readonly [Name in Question]: (asked: Asked<Name>, bytes: Message["bytes"], host: Host) => Promise<Answered<Name>>;
} = {
  statuses: async (_asked, _bytes, host) => ({
    json: await Promise.all(heldBackends(host).map((backend) => backend.status())),
  }),
  async infer({ backend, modelSha256 }, [tensors = new Uint8Array()], host) {
    const model = modelByHash(modelSha256, host);
    const inferences = await heldBackend(backend, host).infer(model, splitTensors(tensors, model));
    return {
      json: inferences.map((each) => (each.ok ? { latencyMs: each.latencyMs } : toFailure(each.error))),
      bytes: [bytesOf(joinedFloats(inferences.flatMap((each) => (each.ok ? [each.logits] : []))))],
    };
  },
  async evaluate({ backend, modelSha256, part, feeds }, bytes, host) {
    const model = modelByHash(modelSha256, host);
    const outputs = toTensors(await heldBackend(backend, host).evaluate(model, part, fromTensors(feeds, bytes)));
    return { json: outputs.heads, bytes: outputs.bytes };
  },
  fusedNodes: async ({ backend, modelSha256, part }, _bytes, host) => ({
    json: await heldBackend(backend, host).fusedNodes(modelByHash(modelSha256, host), part),
  }),
  async decode({ modelSha256 }, files, host) {
    if (host.side !== "ORIGIN")
      throw new IsobitError("UNSUPPORTED_IMAGE", "The edge decodes PNG only; ask the origin.");
    const decoded = await host.decodeOther(files, modelByHash(modelSha256, host));
    return {
      json: decoded.map((each) => (each instanceof Error ? unsupported(each) : withoutValues(each))),
      bytes: decoded.flatMap((each) => (each instanceof Error ? [] : [each.values])),
    };
  },
};

async function answerQuestion<Name extends Question>(
  name: Name,
  { json, bytes }: Message,
  host: Host,
): Promise<Message> {
  const asked = QUESTIONS[name].safeParse(json);
  if (!asked.success) {
    const [issue] = asked.error.issues;
    throw new IsobitError(
      "BAD_INPUT",
      `/link/${name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "malformed"}.`,
    );
  }
  return { bytes: [], ...(await ANSWERS[name](asked.data as Asked<Name>, bytes, host)) };
}

function heldBackends({ backends, side }: Host): Backend[] {
  return [...backends.values()].filter(({ id }) => BACKENDS[id].side === side);
}

function heldBackend(id: BackendId, host: Host): Backend {
  const backend = heldBackends(host).find((each) => each.id === id);
  if (backend) return backend;
  throw new IsobitError("BACKEND_UNAVAILABLE", `The ${host.side.toLowerCase()} does not run ${id}.`);
}

function modelByHash(sha256: string, { catalogue, side }: Host): ModelInfo {
  const model = catalogue.models.find((each) => each.sha256 === sha256);
  if (model) return model;
  throw new IsobitError(
    "MODEL_NOT_FOUND",
    `The ${side.toLowerCase()} does not serve a model with SHA-256 ${sha256}. Start both sides with the same MODEL.`,
  );
}

function splitTensors(bytes: Uint8Array, { input }: ModelInfo): Float32Array[] {
  const stride = input.elements * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length === 0 || bytes.length % stride !== 0) {
    throw new IsobitError("BAD_INPUT", `${bytes.length} bytes are not a whole number of ${stride}-byte tensors.`);
  }
  return rowsOf(alignedFloats(bytes), input.elements);
}

function withoutValues({ width, height, channels }: Levels): Omit<Levels, "values"> {
  return { width, height, channels };
}

function unsupported(error: Error): WireFailure {
  return error instanceof IsobitError ? toFailure(error) : { code: "UNSUPPORTED_IMAGE", message: error.message };
}

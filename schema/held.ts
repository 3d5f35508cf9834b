import { BACKENDS, type BackendId } from "#core/backends.ts";
import type { Backend as BackendPart, BackendStatus, Inference } from "#core/backends/backend.ts";
import { alignedFloats, bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import { joinedFloats, rowsOf } from "#core/tensors/joined.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Host } from "#core/host.ts";
import { Backend, BackendStatusType } from "./backends.ts";
import { HeldPart, HeldTensor, HeldTensorInput, toNamedTensors, toPart, toTensorList } from "./held-parts.ts";
import { builder } from "./builder.ts";
import type { Context } from "./context.ts";

/*
 * What one side asks of the other. A receiver answers from what it holds itself, so a call never bounces.
 */

type Failure = { readonly index: number; readonly code: string; readonly message: string };

const FailureType = builder.objectRef<Failure>("HeldFailure").implement({
  description: "One input, by its place in the batch, that has no answer.",
  fields: (t) => ({
    index: t.exposeInt("index"),
    code: t.exposeString("code"),
    message: t.exposeString("message"),
  }),
});

const HeldInference = builder.objectRef<readonly Inference[]>("HeldInference").implement({
  description: "A batch's answers, in the order of its inputs.",
  fields: (t) => ({
    logits: t.field({
      type: "Bytes",
      description: "Little-endian float32, the answered inputs' rows one after another.",
      resolve: (inferences) => joinLogits(inferences),
    }),
    latenciesMs: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "One an answered input.",
      resolve: (inferences) => inferences.flatMap((each) => (each.ok ? [each.latencyMs] : [])),
    }),
    failures: t.field({
      type: [FailureType],
      resolve: (inferences) =>
        inferences.flatMap((each, index) =>
          each.ok ? [] : [{ index, code: each.error.code, message: each.error.message }],
        ),
    }),
  }),
});

/** Wrapped, because graphql-js takes an Error among a list's items for a failure of the whole list. */
type Decoded =
  | { readonly levels: Levels; readonly refusal: null }
  | { readonly levels: null; readonly refusal: IsobitError };

const DecodedImage = builder.objectRef<Decoded>("DecodedImage").implement({
  description: "An image's levels at the model's input size, or why it could not be decoded.",
  fields: (t) => ({
    width: t.int({ resolve: ({ levels }) => levels?.width ?? 0 }),
    height: t.int({ resolve: ({ levels }) => levels?.height ?? 0 }),
    channels: t.int({ resolve: ({ levels }) => levels?.channels ?? 0 }),
    levels: t.field({
      type: "Bytes",
      nullable: true,
      description: "Levels 0-255, row by row, the channels of a pixel side by side; not normalised.",
      resolve: ({ levels }) => levels?.values ?? null,
    }),
    code: t.string({ nullable: true, resolve: ({ refusal }) => refusal?.code ?? null }),
    message: t.string({ nullable: true, resolve: ({ refusal }) => refusal?.message ?? null }),
  }),
});

const Held = builder.objectRef<Host>("Held").implement({
  description: "What this side itself holds, for the other side.",
  fields: (t) => ({
    statuses: t.field({
      type: [BackendStatusType],
      resolve: (host): Promise<BackendStatus[]> => Promise.all(heldBackends(host).map((backend) => backend.status())),
    }),
    infer: t.field({
      type: HeldInference,
      description: "Runs a model this side holds, by the hash of its file, on a batch of input tensors.",
      args: {
        backend: t.arg({ type: Backend, required: true }),
        modelSha256: t.arg.string({ required: true }),
        tensors: t.arg({
          type: "Bytes",
          required: true,
          description: "Little-endian float32, one after another; the other side sends them as the request's body.",
        }),
      },
      resolve: (host, { backend, modelSha256, tensors }) => {
        const model = modelByHash(modelSha256, host);
        return heldBackend(backend, host).infer(model, splitTensors(tensors, model));
      },
    }),
    evaluate: t.field({
      type: [HeldTensor],
      description: "Runs a part of a model this side holds, by the hash of its file, cut from this side's own copy.",
      args: {
        backend: t.arg({ type: Backend, required: true }),
        modelSha256: t.arg.string({ required: true }),
        part: t.arg({ type: HeldPart, required: true }),
        feeds: t.arg({ type: [HeldTensorInput], required: true }),
      },
      resolve: async (host, { backend, modelSha256, part, feeds }) => {
        const model = modelByHash(modelSha256, host);
        return toTensorList(await heldBackend(backend, host).evaluate(model, toPart(part), toNamedTensors(feeds)));
      },
    }),
    fusedNodes: t.field({
      type: ["String"],
      nullable: true,
      description:
        "What is left of a part once the optimiser is done: equal lists where the same nodes are left. Null where the runtime does not tell.",
      args: {
        backend: t.arg({ type: Backend, required: true }),
        modelSha256: t.arg.string({ required: true }),
        part: t.arg({ type: HeldPart, required: true }),
      },
      resolve: (host, { backend, modelSha256, part }) =>
        heldBackend(backend, host).fusedNodes(modelByHash(modelSha256, host), toPart(part)),
    }),
    decode: t.field({
      type: [DecodedImage],
      description: "Decodes images that are not PNG for a model, by the hash of its file; only the origin can.",
      args: {
        modelSha256: t.arg.string({ required: true }),
        files: t.arg({ type: ["Bytes"], required: true }),
      },
      resolve: async (host, { modelSha256, files }) => {
        if (host.side !== "ORIGIN") {
          throw new IsobitError("UNSUPPORTED_IMAGE", "The edge decodes PNG only; ask the origin.");
        }
        const decoded = await host.decodeOther(files, modelByHash(modelSha256, host));
        return decoded.map((each): Decoded =>
          each instanceof Error ? { levels: null, refusal: asUnsupported(each) } : { levels: each, refusal: null },
        );
      },
    }),
  }),
});

builder.queryField("held", (t) =>
  t.field({
    type: Held,
    description: "For the other side of the split; needs its token (authorization: Bearer ORIGIN_TOKEN).",
    resolve: (_root, _args, context) => {
      refuseStrangers(context);
      return context.host;
    },
  }),
);

function refuseStrangers({ fromOtherSide, tokenConfigured, host }: Context): void {
  if (fromOtherSide) return;
  throw new IsobitError(
    "UNAUTHENTICATED",
    tokenConfigured
      ? "This field is for the other side of the split: send `authorization: Bearer` with ORIGIN_TOKEN."
      : `The ${host.side.toLowerCase()} was started without ORIGIN_TOKEN, so it cannot tell the other side from a stranger. Start both sides with the same ORIGIN_TOKEN, as isobit start does.`,
  );
}

function heldBackends({ backends, side }: Host): BackendPart[] {
  return [...backends.values()].filter((backend) => isHeld(backend.id, side));
}

function isHeld(id: BackendId, side: Host["side"]): boolean {
  return BACKENDS[id].side === side;
}

function heldBackend(id: BackendId, host: Host): BackendPart {
  const backend = heldBackends(host).find((each) => each.id === id);
  if (backend) return backend;
  throw new IsobitError("BACKEND_UNAVAILABLE", `The ${host.side.toLowerCase()} does not hold ${id} itself.`);
}

function modelByHash(sha256: string, { catalogue, side }: Host): ModelInfo {
  const model = catalogue.models.find((each) => each.sha256 === sha256);
  if (model) return model;
  throw new IsobitError(
    "MODEL_NOT_FOUND",
    `The ${side.toLowerCase()} serves no model with SHA-256 ${sha256}. Start both sides with the same MODEL.`,
  );
}

function splitTensors(bytes: Uint8Array, { input }: ModelInfo): Float32Array[] {
  const stride = input.elements * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length === 0 || bytes.length % stride !== 0) {
    throw new IsobitError("BAD_INPUT", `${bytes.length} bytes are no whole number of ${stride}-byte tensors.`);
  }
  return rowsOf(alignedFloats(bytes), input.elements);
}

function joinLogits(inferences: readonly Inference[]): Uint8Array {
  return bytesOf(joinedFloats(inferences.flatMap((each) => (each.ok ? [each.logits] : []))));
}

function asUnsupported(error: Error): IsobitError {
  return error instanceof IsobitError ? error : new IsobitError("UNSUPPORTED_IMAGE", error.message, { cause: error });
}

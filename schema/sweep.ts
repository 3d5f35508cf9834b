import { IsobitError } from "#core/errors.ts";
import { SWEEP_BATCH } from "#core/limits.ts";
import { sweep, type SweepProgress } from "#core/sweep/sweep.ts";
import { builder } from "./builder.ts";
import type { Context } from "./context.ts";
import { Model } from "./models.ts";
import { CertificateViolation, PairSummary } from "./parity.ts";
import { QUESTION_ARGS, toRequest } from "./requests.ts";
import { ONLY, ParityRow, rowsWith, VerdictEnum } from "./rows.ts";
import { inPlace } from "./sweep-places.ts";
import { withFirst } from "./with-first.ts";

const SweepProgressType = builder.objectRef<SweepProgress>("SweepProgress").implement({
  description: "The progress of a sweep: running totals, and the rows of the last batch.",
  fields: (t) => ({
    done: t.exposeInt("done", { description: "Number of images answered so far; 0 in the first event." }),
    total: t.exposeInt("total", { description: "Number of images in the request." }),
    finished: t.exposeBoolean("finished", { description: "True only in the last event." }),
    elapsedMs: t.exposeFloat("elapsedMs", { description: "Time since the request." }),
    imagesPerSecond: t.exposeFloat("imagesPerSecond", {
      nullable: true,
      description: "Throughput so far, including the time spent waiting for the reader; null before the first batch.",
    }),
    verdict: t.expose("verdict", {
      type: VerdictEnum,
      description: "The verdict so far; INCOMPLETE in the first event, when nothing is compared yet.",
    }),
    model: t.expose("model", { type: Model, description: "The model that runs." }),
    reference: t.exposeString("reference", { description: "The reference backend." }),
    pairs: t.expose("pairs", {
      type: [PairSummary],
      description: "Running totals, including `statistics`; in the last event, the same as those of `parity`.",
    }),
    rows: t.field({
      type: [ParityRow],
      description: "The rows of this batch only; empty in the first event.",
      args: ONLY,
      resolve: ({ rows }, { only }) => rowsWith(rows, only),
    }),
    certificateViolations: t.expose("violations", {
      type: [CertificateViolation],
      description: "The violations in this batch only; empty unless a certificate is violated.",
    }),
  }),
});

/** Yoga answers other callers with an empty 406 and does not end the sweep. @throws IsobitError BAD_INPUT */
function requireEventStream({ request }: Context): void {
  const accepted = request?.headers.get("accept") ?? "*/*";
  if (/text\/(event-stream|\*)|\*\/\*/i.test(accepted)) return;
  throw new IsobitError(
    "BAD_INPUT",
    "A sweep is sent as server-sent events: send `accept: text/event-stream`. For a single response, use `parity`.",
  );
}

builder.subscriptionField("sweep", (t) =>
  t.field({
    type: SweepProgressType,
    description:
      "`parity` in batches, for many images: an event immediately, then one per batch, the last with `finished`. Server-sent events (accept: text/event-stream), one connection per sweep; closing it ends the sweep. A batch starts once the connection has taken the previous event.",
    args: {
      ...QUESTION_ARGS,
      batch: t.arg.int({ defaultValue: SWEEP_BATCH, description: "Number of images per event." }),
    },
    subscribe: (_root, { batch, ...args }, context) => {
      requireEventStream(context);
      const { host, call } = context;
      const progress = sweep(toRequest(args), batch ?? SWEEP_BATCH, host);
      return withFirst(inPlace(progress, call, () => host.now()));
    },
    resolve: (progress) => progress,
  }),
);

import { IsobitError } from "#core/errors.ts";
import { SWEEP_BATCH } from "#core/limits.ts";
import { sweep, type SweepProgress } from "#core/sweep/sweep.ts";
import { builder } from "./builder.ts";
import type { Context } from "./context.ts";
import { Model } from "./models.ts";
import { CertificateViolation, PairSummary, ParityRow, VerdictEnum } from "./parity.ts";
import { QUESTION_ARGS, toRequest } from "./requests.ts";
import { inPlace } from "./sweep-places.ts";
import { withFirst } from "./with-first.ts";

const SweepProgressType = builder.objectRef<SweepProgress>("SweepProgress").implement({
  description: "How far a sweep is: running totals, and the rows of the batch that was answered last.",
  fields: (t) => ({
    done: t.exposeInt("done", { description: "Images answered so far; 0 in the first event." }),
    total: t.exposeInt("total", { description: "Images asked for." }),
    finished: t.exposeBoolean("finished", { description: "True in the last event alone." }),
    elapsedMs: t.exposeFloat("elapsedMs", { description: "Since the sweep was asked for." }),
    imagesPerSecond: t.exposeFloat("imagesPerSecond", {
      nullable: true,
      description: "Over what is done, waiting for the reader included; null before there is a rate.",
    }),
    verdict: t.expose("verdict", {
      type: VerdictEnum,
      description: "Of what is done; INCOMPLETE in the first event, when nothing is compared.",
    }),
    model: t.expose("model", { type: Model }),
    reference: t.exposeString("reference"),
    pairs: t.field({
      type: [PairSummary],
      description: "Running totals over what is done, `statistics` too; in the last event those of `parity`.",
      resolve: ({ pairs }) => [...pairs],
    }),
    rows: t.field({
      type: [ParityRow],
      description: "Of this batch alone; empty in the first event.",
      resolve: ({ rows }) => [...rows],
    }),
    certificateViolations: t.field({
      type: [CertificateViolation],
      description: "Of this batch alone; empty unless a certificate is broken.",
      resolve: ({ violations }) => [...violations],
    }),
  }),
});

/** Yoga answers any other caller with an empty 406, and would leave the sweep behind. @throws IsobitError BAD_INPUT */
function requireEventStream({ request }: Context): void {
  const accepted = request?.headers.get("accept") ?? "*/*";
  if (/text\/(event-stream|\*)|\*\/\*/i.test(accepted)) return;
  throw new IsobitError(
    "BAD_INPUT",
    "A sweep is answered as server-sent events: send `accept: text/event-stream`. `parity` answers in one piece.",
  );
}

builder.subscriptionField("sweep", (t) =>
  t.field({
    type: SweepProgressType,
    description: `\`parity\` a batch at a time, for many images: an event at once, then one for each batch, the last with \`finished\`. Server-sent events (accept: text/event-stream), one connection a sweep; closing it ends the sweep. No batch is begun before the connection has taken the last one's event.`,
    args: {
      ...QUESTION_ARGS,
      batch: t.arg.int({ defaultValue: SWEEP_BATCH, description: "Images in one event." }),
    },
    subscribe: (_root, { batch, ...args }, context) => {
      requireEventStream(context);
      const { host } = context;
      const progress = sweep(toRequest(args), batch ?? SWEEP_BATCH, host);
      return withFirst(inPlace(progress, () => host.now()));
    },
    resolve: (progress) => progress,
  }),
);

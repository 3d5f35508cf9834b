import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { messageOf } from "#core/errors.ts";
import type { Size } from "#core/image/sketch/centre.ts";
import { compareRows } from "../answers/compare.ts";
import { LiveAnswers, type LiveState } from "../answers/live.ts";
import type { AnswerSource } from "../answers/source.ts";
import { keep } from "../history/store.ts";
import type { Model } from "../queries.ts";
import { type Drawing, sketchId, type Stroke, visibleMarks } from "./drawing.ts";
import { inputSize } from "./input-size.ts";
import { pixelsOf } from "./raster.ts";

/** The outcome of the last attempt to save a sketch in the browser's storage. */
interface Stored {
  readonly id: string;
  /** Of the request whose results were saved; 0 before the first. */
  readonly number: number;
  /** Why the sketch could not be saved. */
  readonly refusal: string | null;
}

/** Until the models are loaded, the preview has MNIST's size. */
const USUAL_SHAPE = [-1, 1, 28, 28];

/**
 * The model's input for a drawing, and the results of every source: quick sources while a stroke grows, all of them
 * when it is complete. Each sketch with a result is saved in the history.
 */
export function useLiveSketch(drawing: Drawing, model: Model | undefined, sources: readonly AnswerSource[]) {
  const [answers] = useState(() => new LiveAnswers());
  const live = useSyncExternalStore(answers.subscribe, answers.snapshot);
  const shape = model?.inputShape ?? USUAL_SHAPE;
  const size = useMemo(() => inputSize(shape), [shape]);
  const [pixels, setPixels] = useState<Uint8Array | null>(null);
  const [stored, setStored] = useState<Stored>({ id: "", number: 0, refusal: null });

  const askAll = useCallback(() => {
    const seen = pixelsOf(visibleMarks(drawing), size);
    setPixels(seen);
    if (seen && model) answers.ask({ pixels: seen, model: model.id }, sources);
    else answers.reset();
  }, [answers, drawing, model, size, sources]);

  // After every step, including undo, and for every other model.
  useEffect(askAll, [askAll]);
  useEffect(() => () => answers.stop(), [answers]);

  const askWhileDrawing = useCallback(
    (growing: Stroke | null) => {
      if (growing === null) return askAll();
      const seen = pixelsOf([...visibleMarks(drawing), growing], size);
      setPixels(seen);
      if (seen && model) answers.askWhileDrawing({ pixels: seen, model: model.id }, sources);
    },
    [answers, askAll, drawing, model, size, sources],
  );

  const id = sketchId(drawing);
  const complete = live.settled && live.waiting === 0;
  const storing = useRef(0);
  useEffect(() => {
    const { number } = live;
    if (!complete || !model || storing.current === number) return;
    storing.current = number;
    void keepSketch(id, model, size, live).then((refusal) => setStored({ id, number, refusal }));
  }, [complete, id, live, model, size]);

  return {
    live,
    pixels,
    size,
    id,
    /** The attempt to save the last results has finished. */
    handedOver: stored.number === live.number,
    /** The sketch is in the history, unless no source had a result. */
    kept: stored.id === id && stored.refusal === null,
    /** Why the last sketch with a result is not in the history. */
    notKept: stored.refusal,
    askAll,
    askWhileDrawing,
  };
}

/** @returns why the sketch could not be saved; null if it was, or if there is no result to save */
async function keepSketch(id: string, model: Model, size: Size, live: LiveState): Promise<string | null> {
  const rows = [...live.rows.values()].filter(({ number }) => number === live.number).map(({ row }) => row);
  if (!live.request || !rows.some(({ ok }) => ok)) return null;
  const now = Date.now();
  try {
    await keep({
      id,
      createdAt: now,
      answeredAt: now,
      model: model.id,
      modelSha256: model.sha256,
      ...size,
      pixels: live.request.pixels,
      verdict: compareRows(rows).verdict,
      rows,
    });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Model } from "../queries.ts";
import { LiveAnswers } from "../answers/live.ts";
import type { AnswerSource } from "../answers/source.ts";
import { type Drawing, sketchId, type Stroke, visibleMarks } from "./drawing.ts";
import { inputSize } from "./input-size.ts";
import { keepSketch } from "./keep-sketch.ts";
import { pixelsOf } from "./raster.ts";

/** What became of the last sketch that was handed to the browser's storage. */
interface Stored {
  readonly id: string;
  /** Of the request whose answers were stored; 0 before the first. */
  readonly number: number;
  /** Why the storage did not take them. */
  readonly refusal: string | null;
}

/** Before the models are known, the preview is MNIST's size. */
const USUAL_SHAPE = [-1, 1, 28, 28];

/**
 * What the model sees of a drawing, and what every source answers: quick ones while a stroke grows, all of them when it
 * is over. Each answered sketch is kept in the history.
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

  // Every step, an undone one too, and every other model.
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
    /** The last answers were handed to the browser's storage, which took them or refused. */
    handedOver: stored.number === live.number,
    /** What there is to keep of this sketch lies in the history; where nobody answered, that is nothing. */
    kept: stored.id === id && stored.refusal === null,
    /** Why the last answered sketch does not. */
    notKept: stored.refusal,
    askAll,
    askWhileDrawing,
  };
}

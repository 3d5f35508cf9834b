import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Model } from "../queries.ts";
import { LiveAnswers } from "./answers/live.ts";
import type { AnswerSource } from "./answers/source.ts";
import { type Drawing, sketchId, type Stroke, visibleMarks } from "./drawing.ts";
import { inputSize } from "./input-size.ts";
import { keepSketch } from "./keep-sketch.ts";
import { pixelsOf } from "./raster.ts";

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
  const [notKept, setNotKept] = useState<string | null>(null);

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

  const complete = live.settled && live.waiting === 0;
  const kept = useRef(0);
  useEffect(() => {
    if (!complete || !model || kept.current === live.number) return;
    kept.current = live.number;
    void keepSketch(sketchId(drawing), model, size, live).then(setNotKept);
  }, [complete, drawing, live, model, size]);

  return { live, pixels, size, notKept, askAll, askWhileDrawing };
}

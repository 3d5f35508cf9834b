import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { messageOf } from "#core/errors.ts";
import { distinct, failuresOf, isAlarm } from "../failures.ts";
import { addressOf, replaceParams, useRoute } from "../route.ts";
import { traceAddress } from "../history/trace-address.ts";
import { CATALOGUE } from "../queries.ts";
import { BrowserRuntimePanel } from "../runtime/BrowserRuntimePanel.tsx";
import { BackendList } from "../views/BackendList.tsx";
import { Controls } from "../views/Controls.tsx";
import { dropHandlers } from "../views/drop.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { useTitle } from "../views/use-title.ts";
import "../styles/draw.css";
import { AnswerPart } from "./AnswerPart.tsx";
import { useAnswerSources } from "../use-answer-sources.ts";
import { type Tool, visibleMarks } from "./drawing.ts";
import { Pad, PadHelp } from "./Pad.tsx";
import { imageIn, readImage } from "./image.ts";
import { PixelPreview } from "../views/PixelPreview.tsx";
import { type Action, actionOf } from "./shortcuts.ts";
import { BRUSH, Tools } from "./Tools.tsx";
import { useBrowserAlarms } from "./use-browser-alarms.ts";
import { useDrawing } from "./use-drawing.ts";
import { useHealthInStep } from "./use-health-in-step.ts";
import { useLiveSketch } from "./use-live-sketch.ts";

/** A pad, the model's input, and every backend's result while the user draws. */
export function DrawView() {
  useTitle("Draw");
  const route = useRoute();
  const [catalogue] = useQuery({ query: CATALOGUE, variables: {} });
  const models = catalogue.data?.models;
  const model = models?.find(({ id }) => id === route.params.get("model")) ?? models?.[0];

  const [tool, setTool] = useState<Tool>("pen");
  const [brush, setBrush] = useState<number>(BRUSH.usual);
  const [refused, setRefused] = useState<string | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const { drawing, add, undo, redo, clear } = useDrawing();
  const sources = useAnswerSources();
  const sketch = useLiveSketch(drawing, model, sources);
  const { live, pixels, size, notKept, askAll } = sketch;
  const health = useHealthInStep(live);
  const marks = visibleMarks(drawing);
  const trace = model && sketch.kept ? traceAddress({ id: sketch.id, model: model.id, rows: live.completed }) : null;
  const loud = distinct([...live.failures.filter(isAlarm), ...useBrowserAlarms(live)]);

  const take = (image: Blob | undefined): void => {
    if (!image) return;
    readImage(image).then(
      (mark) => {
        setRefused(null);
        add(mark);
      },
      (error: unknown) => setRefused(messageOf(error)),
    );
  };
  const actions: Readonly<Record<Action, () => void>> = {
    pen: () => setTool("pen"),
    eraser: () => setTool("eraser"),
    thinner: () => setBrush((width) => Math.max(BRUSH.least, width - BRUSH.step)),
    thicker: () => setBrush((width) => Math.min(BRUSH.most, width + BRUSH.step)),
    undo,
    redo,
    clear,
    image: () => chooser.current?.click(),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    actions[action]();
  };
  usePastedImages(take);

  const running = live.waiting > 0;
  return (
    <main
      aria-busy={running}
      data-running={running}
      data-request={live.number}
      data-settled={live.settled}
      data-handed-over={sketch.handedOver}
      {...dropHandlers((transfer) => take(imageIn(transfer)))}
    >
      <h2 className="unseen">Draw</h2>
      <Controls
        models={models}
        chosen={model}
        failed={catalogue.error !== undefined}
        running={running}
        onChoose={(id) => replaceParams(route, { model: id })}
        onRun={askAll}
      />
      <div className="draw">
        <section className="sheet stack" aria-label="Drawing" onKeyDown={onKeyDown}>
          <Pad marks={marks} tool={tool} brush={brush} onGrow={sketch.askWhileDrawing} onStroke={add} />
          <Tools
            tool={tool}
            brush={brush}
            canUndo={drawing.marks.length > 0}
            canRedo={drawing.undone.length > 0}
            canClear={marks.length > 0}
            onAction={(action) => actions[action]()}
            onBrush={setBrush}
          />
          <input
            ref={chooser}
            type="file"
            accept="image/*"
            hidden
            aria-label="Image to draw on the pad"
            onChange={(event) => {
              take(event.target.files?.[0]);
              // Otherwise choosing the same file again would not be a change.
              event.target.value = "";
            }}
          />
          {refused && (
            <p className="refused warning" role="alert">
              {refused}
            </p>
          )}
          <PadHelp />
        </section>
        <section className="seen" aria-labelledby="seen">
          <h3 id="seen">What the network sees</h3>
          <PixelPreview
            pixels={pixels}
            size={size}
            label={`The drawing as ${size.width} by ${size.height} grey levels`}
          />
          <p className="quiet">
            {size.width}&nbsp;×&nbsp;{size.height} grey levels, cropped and centred like MNIST&apos;s digits. Nothing
            else is sent.
          </p>
        </section>
        <AnswerPart live={live} drawn={pixels !== null} model={model} trace={trace} alarms={loud} />
      </div>
      <FailureBanner
        failures={[
          ...live.failures.filter((failure) => !isAlarm(failure)),
          ...(live.failures.length === 0 ? [catalogue.error, health.error].flatMap(failuresOf) : []),
        ]}
      />
      {notKept && (
        <p className="not-kept warning" role="alert">
          This sketch was not saved to the <a href={addressOf("history")}>history</a>: {notKept}
        </p>
      )}
      <BrowserRuntimePanel />
      <BackendList backends={health.data?.health.backends} failed={health.error !== undefined} />
    </main>
  );
}

/** An image can be pasted wherever the focus is: nothing else on the page accepts one. */
function usePastedImages(take: (image: Blob | undefined) => void): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    const onPaste = (event: Event): void => {
      latest.current(imageIn((event as unknown as ClipboardEvent).clipboardData));
    };
    addEventListener("paste", onPaste);
    return () => removeEventListener("paste", onPaste);
  }, []);
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionOf } from "../../web/draw/shortcuts.ts";
import {
  addMark,
  clear,
  type Drawing,
  emptyDrawing,
  redo,
  sketchId,
  type Stroke,
  undo,
  visibleMarks,
} from "../../web/draw/drawing.ts";
import { inputSize } from "../../web/draw/input-size.ts";
import { formatPercent } from "../../web/format.ts";

const STROKE: Stroke = { kind: "stroke", tool: "pen", width: 22, points: [[1, 2, 0.5]], pressed: false };

type Step = (drawing: Drawing) => Drawing;
const steps = fc.array(
  fc.oneof(
    fc.constant<Step>((drawing) => addMark(drawing, { ...STROKE })),
    fc.string({ minLength: 1 }).map<Step>((next) => (drawing) => clear(drawing, next)),
    fc.constant<Step>(undo),
    fc.constant<Step>(redo),
  ),
);

describe("a drawing's steps", () => {
  it("are undone and redone exactly, including clearing", () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const drawing = taken.reduce((before, step) => step(before), emptyDrawing("a"));
        const back = drawing.marks.reduce((before) => undo(before), drawing);
        expect(back.marks).toEqual([]);
        expect(visibleMarks(back)).toEqual([]);
        const again = drawing.marks.reduce((before) => redo(before), back);
        expect(again).toEqual(drawing);
      }),
    );
  });

  it("forget what was undone once something new is drawn", () => {
    const drawing = undo(addMark(emptyDrawing("a"), STROKE));
    expect(redo(addMark(drawing, STROKE)).marks).toHaveLength(1);
  });

  it("start another sketch by clearing, and return to the first by undo", () => {
    const first = addMark(emptyDrawing("a"), STROKE);
    const cleared = clear(first, "b");
    expect([sketchId(first), sketchId(cleared), sketchId(undo(cleared))]).toEqual(["a", "b", "a"]);
    expect(visibleMarks(cleared)).toEqual([]);
    expect(visibleMarks(undo(cleared))).toEqual([STROKE]);
    expect(clear(cleared, "c")).toBe(cleared);
  });
});

describe("the drawing's keys", () => {
  const key = (name: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
    actionOf({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

  it("undo and redo with the usual keys of each system", () => {
    expect(key("z", { ctrlKey: true })).toBe("undo");
    expect(key("z", { metaKey: true })).toBe("undo");
    expect(key("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
    expect(key("y", { ctrlKey: true })).toBe("redo");
  });

  it("do not override the browser's own keys", () => {
    expect(key("p", { ctrlKey: true })).toBeUndefined();
    expect(key("o", { metaKey: true })).toBeUndefined();
    expect(key("e", { altKey: true })).toBeUndefined();
    expect(key("x")).toBeUndefined();
    expect(key("constructor")).toBeUndefined();
  });

  it("include brackets that are typed with AltGr", () => {
    expect(key("[", { ctrlKey: true, altKey: true })).toBe("thinner");
    expect(key("]")).toBe("thicker");
  });
});

describe("a model's image size, from its input shape", () => {
  it.each<[readonly number[], number, number]>([
    [[-1, 1, 28, 28], 28, 28],
    [[-1, 3, 24, 32], 32, 24],
    [[1, 24, 32, 1], 32, 24],
    [[-1, 24, 32, 3], 32, 24],
    [[-1, 28, 28], 28, 28],
    [[28, 28, 1], 28, 28],
    [[-1, 784], 28, 28],
    [[-1, 1, 784], 28, 28],
    [[-1, 1, 1, 784], 28, 28],
    [[784], 28, 28],
  ])("%j is %i x %i", (shape, width, height) => {
    expect(inputSize(shape)).toEqual({ width, height });
  });
});

describe("a probability in percent", () => {
  it.each<[number | null, string]>([
    [0, "0 %"],
    [1, "100 %"],
    [1 - 1e-12, "> 99.9 %"],
    [1e-300, "< 0.1 %"],
    [0.9994, "99.9 %"],
    [0.125, "12.5 %"],
    [null, "–"],
  ])("%d reads %s", (value, text) => {
    expect(formatPercent(value)).toBe(text);
  });
});

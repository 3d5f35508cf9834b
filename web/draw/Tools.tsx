import { type ReactNode, useId } from "react";
import type { Tool } from "./drawing.ts";
import { type Action, SHORTCUTS } from "./shortcuts.ts";

interface Props {
  readonly tool: Tool;
  readonly brush: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canClear: boolean;
  onAction(action: Action): void;
  onBrush(width: number): void;
}

/** In the pad's units: a digit drawn large has MNIST's own proportion of ink at some 22. */
export const BRUSH = Object.freeze({ least: 6, usual: 22, most: 48, step: 4 });

export function Tools({ tool, brush, canUndo, canRedo, canClear, onAction, onBrush }: Props) {
  const id = useId();
  return (
    <div className="tools" role="group" aria-label="Drawing tools">
      <ToolButton action="pen" pressed={tool === "pen"} onAction={onAction}>
        Pen
      </ToolButton>
      <ToolButton action="eraser" pressed={tool === "eraser"} onAction={onAction}>
        Eraser
      </ToolButton>
      <div className="brush">
        <label htmlFor={id}>Brush</label>
        <input
          id={id}
          type="range"
          min={BRUSH.least}
          max={BRUSH.most}
          value={brush}
          aria-keyshortcuts={`${SHORTCUTS.thinner} ${SHORTCUTS.thicker}`}
          title={`Brush size (${SHORTCUTS.thinner} and ${SHORTCUTS.thicker})`}
          onChange={(event) => onBrush(Number(event.target.value))}
        />
      </div>
      <ToolButton action="undo" disabled={!canUndo} onAction={onAction}>
        Undo
      </ToolButton>
      <ToolButton action="redo" disabled={!canRedo} onAction={onAction}>
        Redo
      </ToolButton>
      <ToolButton action="clear" disabled={!canClear} onAction={onAction}>
        Clear
      </ToolButton>
      <ToolButton action="image" onAction={onAction}>
        Image…
      </ToolButton>
    </div>
  );
}

interface ButtonProps {
  readonly action: Action;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly children: ReactNode;
  onAction(action: Action): void;
}

function ToolButton({ action, pressed, disabled = false, children, onAction }: ButtonProps) {
  return (
    <button
      type="button"
      className="tool"
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      // aria-disabled, not disabled: a button that is disabled under the keyboard loses the focus.
      aria-disabled={disabled}
      aria-keyshortcuts={SHORTCUTS[action]}
      title={SHORTCUTS[action].replace("Control", "Ctrl")}
      onClick={() => !disabled && onAction(action)}
    >
      {children}
    </button>
  );
}

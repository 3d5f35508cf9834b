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

/** Widths in the pad's units. A large digit drawn with 22 has about as much ink as MNIST's digits. */
export const BRUSH = Object.freeze({ least: 6, usual: 22, most: 48, step: 4 });

export function Tools({ tool, brush, canUndo, canRedo, canClear, onAction, onBrush }: Props) {
  const id = useId();
  return (
    <div className="tools row" role="group" aria-label="Drawing tools">
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
      // aria-disabled, not disabled: a focused button that becomes disabled loses the focus.
      aria-disabled={disabled}
      aria-keyshortcuts={SHORTCUTS[action]}
      title={SHORTCUTS[action].replace("Control", "Ctrl")}
      onClick={() => !disabled && onAction(action)}
    >
      {children}
    </button>
  );
}

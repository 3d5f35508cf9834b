/** How to draw with what one has; read to those who come to the pad by keyboard. */
export function PadHelp() {
  return (
    <details className="pad-help">
      <summary>Keys and images</summary>
      <p id="pad-keys">
        On the pad, the arrow keys move the pen, with Shift in small steps. Space puts it down and lifts it.
      </p>
      <p>
        <kbd>P</kbd> pen, <kbd>E</kbd> eraser, <kbd>[</kbd> and <kbd>]</kbd> brush size, <kbd>Ctrl Z</kbd> undo,{" "}
        <kbd>Ctrl Shift Z</kbd> redo, <kbd>Delete</kbd> clear, <kbd>O</kbd> open an image.
      </p>
      <p>An image can also be dropped here or pasted. It stays in this browser; only the grey levels are sent.</p>
    </details>
  );
}

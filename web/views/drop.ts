import type { DragEvent } from "react";

/** Handlers for an element onto which files can be dropped; without them, a dropped file would replace the page. */
export function dropHandlers(take: (transfer: DataTransfer) => void) {
  return {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      take(event.dataTransfer);
    },
  };
}

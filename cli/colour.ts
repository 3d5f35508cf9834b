import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/**
 * Colours a text for the stream that it goes to: on a terminal only, never with NO_COLOR set, always with FORCE_COLOR.
 * Node's own function decides; nothing else of the command does.
 */
export function colour(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}

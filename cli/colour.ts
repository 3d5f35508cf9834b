import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours a text if the stream is a terminal, by the rules of Node's styleText: NO_COLOR and FORCE_COLOR count. */
export function colour(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}

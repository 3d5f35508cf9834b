import type { FileHandle } from "node:fs/promises";

export interface Line {
  readonly text: string;
  /** The byte after its newline. */
  readonly nextAt: number;
}

const NEWLINE = 10;
const BLOCK_BYTES = 1024 * 1024;

/** The complete lines of a file, in order; text after the last newline is not a line. */
export async function* readLines(handle: FileHandle): AsyncGenerator<Line> {
  const block = Buffer.alloc(BLOCK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let restAt = 0;
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, block.length, restAt + rest.length);
    if (bytesRead === 0) return;
    rest = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, from)) {
      yield { text: rest.toString("utf8", from, end), nextAt: restAt + end + 1 };
      from = end + 1;
    }
    rest = rest.subarray(from);
    restAt += from;
  }
}

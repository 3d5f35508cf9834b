import type { FileHandle } from "node:fs/promises";
import { unzipSync } from "fflate";
import { bytesPerElement, type ElementType } from "#core/tensors/tensor-value.ts";
import { messageOf } from "#core/errors.ts";
import { MAX_HEADER_BYTES, npyDataBytes, readNpyHeader, rowMajor, type NpyHeader } from "./npy-format.ts";
import { openRegularFile, readRegularFile } from "../model-file.ts";
import { refusedInput } from "./refused.ts";

/** An array of a file, of which any stretch of elements can be read. */
export interface FiledArray {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** @returns little-endian bytes in C's order */
  read(firstElement: number, elements: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * One array of an .npy file. One in C's order stays on disk and is read as it is asked for.
 * @throws UnreadableFile; LibraryError naming a file that is not such an array
 */
export async function openNpy(path: string): Promise<FiledArray> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    const header = readNpyHeader(await readAt(handle, 0, Math.min(size, MAX_HEADER_BYTES)));
    checkSize(header, size);
    if (!header.fortran) return onDisk(handle, header);
    const data = await readAt(handle, header.offset, npyDataBytes(header));
    await handle.close();
    return arrayInMemory(header, rowMajor(header, data));
  } catch (error) {
    await handle.close();
    return refuse(path, error);
  }
}

/** The arrays of an .npz file by their names, unpacked. @throws UnreadableFile; LibraryError naming a file without arrays */
export async function openNpz(path: string): Promise<ReadonlyMap<string, FiledArray>> {
  const file = await readRegularFile(path);
  try {
    const entries = Object.entries(unzipped(file));
    const arrays = entries.filter(([name]) => name.endsWith(".npy"));
    if (arrays.length === 0) throw new Error("It holds no .npy array.");
    return new Map(arrays.map(([name, bytes]) => [name.slice(0, -".npy".length), arrayOf(name, bytes)]));
  } catch (error) {
    return refuse(path, error);
  }
}

function unzipped(file: Uint8Array): Readonly<Record<string, Uint8Array>> {
  if (file.length === 0) throw new Error("It is empty. Save it again with numpy.savez.");
  try {
    return unzipSync(file);
  } catch (error) {
    throw new Error(
      `It is not a complete .npz file (${messageOf(error)}): it may be cut short. Copy it again, or save it with numpy.savez.`,
      { cause: error },
    );
  }
}

function arrayOf(name: string, bytes: Uint8Array): FiledArray {
  try {
    const header = readNpyHeader(bytes);
    checkSize(header, bytes.length);
    return arrayInMemory(header, rowMajor(header, bytes.subarray(header.offset)));
  } catch (error) {
    throw new Error(`Its array ${name}: ${messageOf(error)}`, { cause: error });
  }
}

function checkSize(header: NpyHeader, size: number): void {
  const expected = header.offset + npyDataBytes(header);
  if (size === expected) return;
  throw new Error(
    `Its header promises ${expected} bytes (${header.type} [${header.shape.join(", ")}]), but it has ${size}.`,
  );
}

function onDisk(handle: FileHandle, { type, shape, offset }: NpyHeader): FiledArray {
  const size = bytesPerElement(type);
  return {
    type,
    shape,
    read: async (first, elements) => await readAt(handle, offset + first * size, elements * size),
    close: async () => await handle.close(),
  };
}

/** @param data little-endian, in C's order */
export function arrayInMemory({ type, shape }: Pick<FiledArray, "type" | "shape">, data: Uint8Array): FiledArray {
  const size = bytesPerElement(type);
  return {
    type,
    shape,
    read: async (first, elements) => data.subarray(first * size, (first + elements) * size),
    close: async () => {},
  };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error("It became shorter while it was read.");
    filled += bytesRead;
  }
  return bytes;
}

function refuse(path: string, error: unknown): never {
  throw refusedInput(`${path}: ${messageOf(error)}`, error);
}

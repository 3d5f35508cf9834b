import { readdir } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { IsobitError, isErrorCode, messageOf } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import type { ImageEntry } from "#core/image/image.ts";
import type { ImageModel } from "#core/model/model.ts";
import type { DecodeResponse, DecodeRequest } from "#core/backends/runner-messages.ts";
import { findImage } from "#core/validate.ts";
import { ChildProcessClient } from "#node/child-process-client.ts";
import { ROOT } from "#node/installation.ts";
import { readRegularFile } from "../model-file.ts";
import { builtInImages } from "./built-in-images.ts";
import { inputSet, type InputSet, type ImageTaker } from "./input-set.ts";
import { classOf, imageRow } from "./image-row.ts";
import { refusedInput } from "./refused.ts";

const DECODE_TIMEOUT_MS = 60_000;
const IMAGE_FILES = /\.(png|jpe?g|webp|avif|gif|tiff?)$/i;

/** The ten digits that isobit ships, or those that are named. @throws LibraryError for an unknown id */
export async function builtInDigits(model: ImageTaker, ids: readonly string[] | undefined): Promise<InputSet> {
  const folder = join(ROOT, "images");
  const entries = builtInImages();
  const chosen = ids === undefined ? entries : ids.map((id) => known(id, entries));
  return inputSet(chosen.length, "the built-in digits", async function* rows() {
    for (const { id, file, label } of chosen) {
      if (model.asFound === true) {
        // Some peers take no image but by its name.
        yield {
          id,
          source: { kind: "image", id },
          feeds: new Map(),
          expected: classOf(label, model),
          expectedOutputs: null,
        };
        continue;
      }
      const bytes = await readRegularFile(join(folder, file));
      yield await imageRow(id, { kind: "file", bytes }, model, classOf(label, model));
    }
  });
}

function known(id: string, entries: readonly ImageEntry[]): ImageEntry {
  try {
    return findImage(id, entries);
  } catch (error) {
    throw refusedInput(messageOf(error), error);
  }
}

/**
 * Every image below a folder, in the order of their paths. Where each lies in a subfolder of its own kind, the
 * subfolder's name is its label. What is not PNG is decoded by sharp, in a process of the origin's.
 */
export async function imageFolder(folder: string, model: ImageModel): Promise<InputSet> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && IMAGE_FILES.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted((left, right) => (left < right ? -1 : 1));
  if (files.length === 0) {
    throw refusedInput(
      `${folder} holds no images (PNG, JPEG, WebP, AVIF, GIF, TIFF) and no test_data_set_N. Give another folder.`,
    );
  }
  const labelled = files.every((file) => dirname(file) !== "." && dirname(dirname(file)) === ".");
  return imageFiles(
    folder,
    files.map((file) => ({
      id: file,
      path: join(folder, file),
      expected: labelled ? classOf(dirname(file), model) : null,
    })),
    model,
  );
}

export function imageFile(path: string, model: ImageModel): InputSet {
  return imageFiles(path, [{ id: basename(path), path, expected: null }], model);
}

export function isImageFile(path: string): boolean {
  return IMAGE_FILES.test(path);
}

interface ImageFile {
  readonly id: string;
  readonly path: string;
  readonly expected: number | null;
}

function imageFiles(source: string, files: readonly ImageFile[], model: ImageModel): InputSet {
  let decoder: Decoder | undefined;
  const set = inputSet(files.length, source, async function* rows() {
    for (const { id, path, expected } of files) {
      const bytes = await readRegularFile(path);
      yield await imageRow(id, { kind: "file", bytes }, model, expected, (encoded) =>
        decode((decoder ??= newDecoder()), encoded, model),
      );
    }
  });
  return {
    ...set,
    close: async () => {
      await decoder?.close();
    },
  };
}

type Decoder = ChildProcessClient<DecodeRequest, DecodeResponse>;

function newDecoder(): Decoder {
  return new ChildProcessClient("origin/runner/decode-process");
}

async function decode(
  decoder: Decoder,
  files: readonly Uint8Array[],
  { input }: ImageModel,
): Promise<(Levels | Error)[]> {
  const { width, height, channels } = input;
  const answer = await decoder
    .request({ files, width, height, channels }, DECODE_TIMEOUT_MS)
    .catch((error: unknown) => {
      throw new IsobitError(
        "UNSUPPORTED_IMAGE",
        `The decoder's process ${messageOf(error)}. Check that sharp is installed.`,
      );
    });
  return answer.map((outcome) =>
    outcome.ok
      ? outcome
      : new IsobitError(isErrorCode(outcome.code) ? outcome.code : "UNSUPPORTED_IMAGE", outcome.message),
  );
}

import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as z from "zod";
import { IsobitError, type LibraryError } from "#core/errors.ts";
import { orIncomplete } from "#core/onnx/rejected.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { readRegularFile } from "../model-file.ts";
import { makeFolder, requireWritable, unwritable } from "../output-file.ts";
import { valueOf } from "../report/tensor.ts";
import type { ReportedTensor } from "../report/run-report.ts";
import { type Golden, goldenSchema } from "./golden-schema.ts";

const GOLDEN = { name: "The golden", remedy: "Choose another file with `save`." };

/** @throws IsobitError where a golden could not be written */
export async function requireWritableGolden(path: string): Promise<void> {
  await requireWritable(path, GOLDEN);
}

/** @throws IsobitError where it cannot be written */
export async function writeGolden(golden: Golden, path: string): Promise<string> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, `${JSON.stringify(golden, null, 2)}\n`);
  } catch (error) {
    throw unwritable(GOLDEN, error);
  }
  return resolve(path);
}

/** @throws IsobitError where it cannot be read, is not a golden, or its bits do not match their hash */
export async function readGolden(path: string): Promise<Golden> {
  const bytes = Buffer.from(await orIncomplete(() => readRegularFile(path)));
  if (isArrayFile(bytes))
    throw new IsobitError(
      "BAD_OPTION",
      `${path} holds arrays, not a golden. Outputs that another program saved are given by \`expected\`.`,
    );
  const text = bytes.toString("utf8");
  const golden = parseGolden(text, path);
  const damaged = golden.inputs.find(({ outputs }) => outputs.some(({ tensors }) => tensors.some(isDamaged)));
  if (damaged) throw noGolden(path, `the bits of input ${damaged.input} do not match their own hash`);
  return golden;
}

/** NumPy's .npy, or a ZIP archive such as its .npz. */
function isArrayFile(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, 6);
  return start === "\x93NUMPY" || start.startsWith("PK\x03\x04");
}

function isDamaged(tensor: ReportedTensor): boolean {
  try {
    return sha256Hex(valueOf(tensor).bytes) !== tensor.sha256;
  } catch {
    return true;
  }
}

function parseGolden(text: string, path: string): Golden {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw noGolden(path, "it is not valid JSON", error);
  }
  const { success, data, error } = goldenSchema.safeParse(parsed);
  if (success) return data;
  const [first] = error.issues;
  throw noGolden(path, `${z.core.toDotPath(first?.path ?? [])}: ${first?.message ?? "not as expected"}`);
}

function noGolden(path: string, why: string, cause?: unknown): LibraryError {
  const sentence = `${path} is not a golden (${why}). Save one with \`save\`; docs/goldens.md describes the format.`;
  return new IsobitError("INCOMPLETE", sentence, { cause });
}

import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { assembleCatalogue, type OwnModel, type ServedModel } from "#core/model/catalogue.ts";
import { messageOf } from "#core/errors.ts";
import { PREPROCESS_VARIABLES } from "#core/model/model-preprocess.ts";
import { ModelRejected, rejectedAs, rejectModel, UnreadableFile } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { toOnnx } from "#core/paragon-model/to-onnx.ts";
import { externalWeights } from "./external-weights.ts";
import { readParagonJson } from "./paragon-json.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The models that every part of a stack serves, the default first: the one that MODEL (or MODEL_JSON) names, then the
 * shipped ones.
 * @throws ModelRejected with a message that stops the start
 */
export async function loadServedModels(env: Environment): Promise<ServedModel[]> {
  const path = ownPath(env);
  const manifest = await readJson(resolve(FOLDER, "manifest.json"));
  const readShipped = (file: string): Promise<Uint8Array> => readRegularFile(resolve(FOLDER, file));
  return await assembleCatalogue({
    manifest,
    readShipped,
    ...(path !== undefined && { own: await readOwn(path, env) }),
  });
}

/** The value of MODEL or of its alias, which must agree. */
function ownPath(env: Environment): string | undefined {
  const [path, alias] = [env["MODEL"]?.trim(), env["MODEL_JSON"]?.trim()];
  if (path && alias && path !== alias)
    rejectModel(`MODEL is ${path} and MODEL_JSON is ${alias}, but both name the model to serve. Set one of them.`);
  const chosen = path || alias || undefined;
  const useless = PREPROCESS_VARIABLES.find((name) => env[name]?.trim());
  if (chosen === undefined && useless !== undefined)
    rejectModel(
      `${useless} is set, but MODEL is not, and the shipped models have their own settings. Set MODEL too, or unset ${useless}.`,
    );
  return chosen;
}

async function readOwn(path: string, env: Environment): Promise<OwnModel> {
  return {
    id: basename(path, extname(path)),
    path,
    ...(extname(path).toLowerCase() === ".json"
      ? await importedParagon(path)
      : { bytes: await readRegularFile(path), imported: [] }),
    sidecar: await readJsonIfThere(`${path}.json`),
    environment: Object.fromEntries(PREPROCESS_VARIABLES.map((name) => [name, env[name]])),
    readExternal: externalWeights(path, readIfThere),
  };
}

/** A Paragon model as the ONNX file that `isobit import-paragon` writes, with every sum in its listed order. */
async function importedParagon(path: string): Promise<Pick<OwnModel, "bytes" | "imported">> {
  try {
    const { model, notes } = toOnnx(await readParagonJson(path), "listed");
    return { bytes: writeModel(model), imported: ["It was made from a Paragon model in JSON.", ...notes] };
  } catch (error) {
    throw rejectedAs(path, error);
  }
}

async function readRegularFile(path: string): Promise<Uint8Array> {
  const bytes = await readIfThere(path);
  if (bytes) return bytes;
  throw new UnreadableFile(`${path} is missing. Check the path, or restore the file.`);
}

/** undefined if there is no such file; other failures are errors. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    // Reading a pipe or a device could block forever.
    if (!(await stat(path)).isFile())
      throw new UnreadableFile(`${path} is a folder or a device, not a file. Give the path of the file itself.`);
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (error instanceof ModelRejected) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UnreadableFile(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

async function readJson(path: string): Promise<unknown> {
  const json = await readJsonIfThere(path);
  if (json !== undefined) return json;
  rejectModel(`${path} is missing. Restore it from the repository.`);
}

async function readJsonIfThere(path: string): Promise<unknown> {
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new ModelRejected(`${path} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
}

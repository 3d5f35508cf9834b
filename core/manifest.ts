import * as v from "valibot";
import { ModelRejected } from "./onnx/rejected.ts";

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits"));
const FileName = v.pipe(
  v.string(),
  v.regex(/^[\w-][\w.-]*\.onnx$/, "must be the plain name of an .onnx file beside the manifest"),
);
const Text = v.pipe(v.string(), v.nonEmpty());
const Numbers = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.nonEmpty());

const Manifest = v.strictObject({
  models: v.array(
    v.strictObject({
      id: Text,
      file: FileName,
      sha256: Sha256,
      input: v.strictObject({ name: Text, shape: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.nonEmpty()) }),
      preprocess: v.strictObject({
        scale: v.pipe(v.number(), v.finite()),
        mean: Numbers,
        std: Numbers,
        invert: v.boolean(),
      }),
      output: v.strictObject({ name: Text }),
      labels: v.pipe(v.array(v.string()), v.minLength(2)),
      opset: v.pipe(v.number(), v.integer(), v.minValue(1)),
    }),
  ),
});

/** What a model of the user's own may have beside it, in `<model file>.json`. Values are checked where they are used. */
const Sidecar = v.strictObject({
  scale: v.optional(v.unknown()),
  mean: v.optional(v.unknown()),
  std: v.optional(v.unknown()),
  invert: v.optional(v.unknown()),
  labels: v.optional(v.array(v.string())),
});

export type ManifestEntry = v.InferOutput<typeof Manifest>["models"][number];
export type Sidecar = v.InferOutput<typeof Sidecar>;

/**
 * The entries of models/manifest.json, its JSON already parsed.
 * @throws ModelRejected naming the entry and key that is wrong
 */
export function readManifest(json: unknown): readonly ManifestEntry[] {
  const { models } = checked(Manifest, json, "models/manifest.json");
  const twice = models.find(({ id }, index) => models.findIndex((other) => other.id === id) !== index);
  if (twice) throw new ModelRejected(`models/manifest.json lists two models with the id "${twice.id}". Rename one.`);
  return models;
}

/**
 * The settings in a sidecar, its JSON already parsed; undefined: there is none.
 * A key that is not known is refused, because a misspelt one would change the model's answers without a word.
 * @throws ModelRejected naming the key that is wrong
 */
export function readSidecar(json: unknown): Sidecar {
  return json === undefined ? {} : checked(Sidecar, json, "The model's sidecar");
}

function checked<T extends v.GenericSchema>(schema: T, json: unknown, subject: string): v.InferOutput<T> {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new ModelRejected(`${subject} cannot be used${path ? `: "${path}"` : ""}: ${issue.message}.`);
}

import { z } from "zod/mini";
import { rejectModel } from "../onnx/rejected.ts";

// Zod compiles its checks with `new Function` if it can; a page with a CSP cannot.
z.config({ jitless: true });

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits"));
const FileName = z
  .string()
  .check(z.regex(/^[\w-][\w.-]*\.onnx$/, "must be the plain name of an .onnx file in the manifest's folder"));
const Text = z.string().check(z.minLength(1));
const Numbers = z.array(z.number()).check(z.minLength(1));

const Manifest = z.strictObject({
  models: z.array(
    z.strictObject({
      id: Text,
      file: FileName,
      sha256: Sha256,
      input: z.strictObject({ name: Text, shape: z.array(z.int()).check(z.minLength(1)) }),
      preprocess: z.strictObject({ scale: z.number(), mean: Numbers, std: Numbers, invert: z.boolean() }),
      output: z.strictObject({ name: Text }),
      labels: z.array(z.string()).check(z.minLength(2)),
      opset: z.int().check(z.minimum(1)),
    }),
  ),
});

/** The settings of the user's own model in `<model file>.json`. Values are checked where they are used. */
const Sidecar = z.strictObject({
  scale: z.optional(z.unknown()),
  mean: z.optional(z.unknown()),
  std: z.optional(z.unknown()),
  invert: z.optional(z.unknown()),
  labels: z.optional(z.array(z.string())),
});

export type ManifestEntry = z.infer<typeof Manifest>["models"][number];
export type Sidecar = z.infer<typeof Sidecar>;

/**
 * The entries of models/manifest.json, given as parsed JSON.
 * @throws ModelRejected naming the wrong entry and key
 */
export function readManifest(json: unknown): readonly ManifestEntry[] {
  const { models } = checked(Manifest, json, "models/manifest.json");
  const twice = models.find(({ id }, index) => models.findIndex((other) => other.id === id) !== index);
  if (twice) rejectModel(`models/manifest.json lists two models with the id "${twice.id}". Rename one.`);
  return models;
}

/**
 * The settings in a sidecar, given as parsed JSON; undefined if there is none.
 * An unknown key is refused, because a misspelt one would silently change the model's results.
 * @throws ModelRejected naming the wrong key
 */
export function readSidecar(json: unknown): Sidecar {
  return json === undefined ? {} : checked(Sidecar, json, "The model's sidecar");
}

function checked<T extends z.ZodMiniType>(schema: T, json: unknown, subject: string): z.infer<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const keys = issue?.code === "unrecognized_keys" ? [...issue.path, ...issue.keys] : (issue?.path ?? []);
  rejectModel(`${subject} cannot be used${keys.length > 0 ? `: "${keys.join(".")}"` : ""}: ${issue?.message}.`);
}

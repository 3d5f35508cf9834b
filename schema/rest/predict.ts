import type { BackendId } from "#core/backends.ts";
import type { ErrorCode, IsobitError } from "#core/errors.ts";
import type { ImageSource } from "#core/image/image.ts";
import { answer } from "#core/path.ts";
import type { PredictionAnswer } from "#core/respond.ts";
import type { Host } from "#core/host.ts";
import { finiteOrNull } from "../floats.ts";
import type { AskedPrediction, Role } from "./asked.ts";
import { imageNamed } from "./images.ts";
import { asRefusal, imageNotFound, RestRefusal } from "./refusal.ts";
import { cpuBackend, gpuRole } from "./roles.ts";
import { computedBy, latencySeconds, probabilitiesOf } from "./source-fields.ts";

/** The body of /predict: Paragon's keys in Paragon's order, then ours. @throws RestRefusal 404, 503 */
export async function predictImage(asked: AskedPrediction, host: Host, named?: BackendId) {
  const { file, prediction } = await askOne(asked, host, named);
  return {
    backend: asked.role,
    image: file,
    prediction: prediction.classIndex,
    probabilities: probabilitiesOf(prediction),
    latency_sec: latencySeconds(prediction),
    source_image_url: `/static/images/${file}`,
    ...computedBy(prediction),
  };
}

/** The body of /predict-raw: the logits themselves, before any softmax. @throws RestRefusal 404, 503 */
export async function rawLogits(asked: AskedPrediction, host: Host, named?: BackendId) {
  const { file, prediction } = await askOne(asked, host, named);
  return {
    backend: asked.role,
    image: file,
    logits: Array.from(prediction.logits.logits, finiteOrNull),
    ...computedBy(prediction),
  };
}

/** As in Paragon, a missing image is told before a missing GPU. */
async function askOne(
  { image, role }: AskedPrediction,
  host: Host,
  named: BackendId | undefined,
): Promise<{ file: string; prediction: PredictionAnswer }> {
  const entry = imageNamed(image, host.images);
  if (!entry) throw imageNotFound(image);
  const backend = role === "cpu" ? cpuBackend(host.side, named) : await gpuBackend(host, named);
  const prediction = await predictOn(role, backend, { kind: "image", id: entry.id }, host);
  return { file: entry.file, prediction };
}

async function gpuBackend(host: Host, named: BackendId | undefined): Promise<BackendId> {
  const backend = named ?? (await gpuRole(host, named)).backend;
  if (backend === null) throw noGpu();
  return backend;
}

/** One input on one backend through the main path. @throws RestRefusal in place of that backend's error */
export async function predictOn(
  role: Role,
  backend: BackendId,
  source: ImageSource,
  host: Host,
): Promise<PredictionAnswer> {
  const { rows } = await answer({ inputs: [source], backends: [backend], reference: backend }, host);
  const output = rows[0]?.outputs[0];
  if (output?.error) throw refusalOf(role, output.error);
  if (!output?.prediction) throw new Error("the main path answered neither a prediction nor an error");
  return output.prediction;
}

/** The backend is not there, as opposed to one that is and fails. Between the sides, a refused token is that too. */
const NOT_THERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "BACKEND_UNAVAILABLE",
  "ORIGIN_UNREACHABLE",
  "UNAUTHENTICATED",
  "TIMEOUT",
]);

function refusalOf(role: Role, error: IsobitError): RestRefusal {
  if (!NOT_THERE.has(error.code)) return asRefusal(error);
  return role === "gpu" ? noGpu() : new RestRefusal(503, error.message);
}

function noGpu(): RestRefusal {
  return new RestRefusal(503, "GPU backend not available");
}

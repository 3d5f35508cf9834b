import type { BackendId } from "#core/backend.ts";
import type { Tolerance } from "#core/compare.ts";
import { messageOf } from "#core/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { PARITY_TIMEOUT_MS } from "./limits.ts";
import type { ParityReport } from "./parity-report.ts";

/** The variables of PARITY_QUERY; what is absent is the server's default. */
export interface ParityQuestion {
  readonly images?: readonly string[];
  readonly backends?: readonly BackendId[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly tolerance?: Tolerance;
}

/** The whole report. Only the model inside each prediction is left out, as it is the report's own. */
export const PARITY_QUERY = `query Parity($images: [ID!], $backends: [Backend!], $reference: Backend, $model: ID, $tolerance: ToleranceInput) {
  parity(images: $images, backends: $backends, reference: $reference, model: $model, tolerance: $tolerance) {
    verdict reference total startedAt elapsedMs
    model {
      id sha256 executedSha256 adaptations sizeBytes opset labels inputShape
      preprocess { scale mean std invert }
      certificate {
        inputDomain anyAlgorithm tf32Safe headroomUsed assumptions
        otherAlgorithms { node reason } tooWideForTf32 { node reason } webgpuFaults { node reason }
        nodes { name op exact reason grid lowest highest boundUnits }
      }
      notCertified
    }
    environment { backend side available reason executionProvider runtime runtimeVersion optimizationLevel device hardwareGpu }
    pairs {
      reference other verdict compared identical labelMismatches differingElements nonFiniteElements
      maxAbs meanAbs l2 maxUlp worstImage
    }
    certificateViolations {
      code message image reference other differingElements modelSha256 inputSha256 input referenceBits otherBits
    }
    rows {
      image inputSha256
      outputs {
        source
        prediction {
          backend label classIndex probabilities latencyMs
          logits { backend executionProvider values bits sha256 inputSha256 latencyMs }
        }
        error { code message }
      }
      pairs {
        reference other verdict labelsMatch differingElements nonFiniteElements maxAbs meanAbs l2 maxUlp inCertifiedDomain
      }
    }
  }
}`;

/** What a caller can mend by asking differently. */
const BAD_QUESTION_CODES = new Set<unknown>(["BAD_INPUT", "IMAGE_NOT_FOUND", "MODEL_NOT_FOUND", "INPUT_TOO_LARGE"]);

/**
 * One parity query over HTTP.
 * @param url a side's root, such as http://localhost:8787
 * @throws Failure: EXIT.BAD_USAGE where the side refuses the question, EXIT.INCOMPLETE where there is no answer
 */
export async function askParity(url: string, question: ParityQuestion, stop: AbortSignal): Promise<ParityReport> {
  const response = await post(url, { query: PARITY_QUERY, variables: question }, stop);
  const { data, errors } = await readBody(url, response);
  if (data?.parity) return data.parity;
  const first = errors?.[0];
  if (!first) throw new Failure(EXIT.INCOMPLETE, notIsobit(url, `HTTP ${response.status} without data`));
  // Only an error with a path comes from the question; one without says that the query itself was not understood.
  const asked = first.path !== undefined && BAD_QUESTION_CODES.has(first.extensions?.code);
  const code = first.extensions?.code === undefined ? "" : ` (${first.extensions.code})`;
  throw new Failure(asked ? EXIT.BAD_USAGE : EXIT.INCOMPLETE, `${url} refused the question${code}: ${first.message}`);
}

/** Whether an isobit serves there. Asks for what needs no other side, so that it answers at once. */
export async function isobitAnswersAt(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await post(url, { query: "{ images { id } }" }, signal);
    const { data } = (await response.json()) as { data?: { images?: unknown } | null };
    return Array.isArray(data?.images);
  } catch {
    return false;
  }
}

interface ParityBody {
  readonly data?: { readonly parity?: ParityReport | null } | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions?: { readonly code?: string };
  }[];
}

async function post(url: string, body: unknown, stop: AbortSignal): Promise<Response> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(PARITY_TIMEOUT_MS)]);
  try {
    return await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    throw noAnswer(url, error);
  }
}

async function readBody(url: string, response: Response): Promise<ParityBody> {
  const text = await response.text().catch((error: unknown) => {
    throw noAnswer(url, error);
  });
  try {
    return (JSON.parse(text) ?? {}) as ParityBody;
  } catch (error) {
    throw new Failure(EXIT.INCOMPLETE, notIsobit(url, `HTTP ${response.status}, not JSON`), { cause: error });
  }
}

function noAnswer(url: string, error: unknown): Failure {
  if (error instanceof Error && error.name === "TimeoutError") {
    return new Failure(EXIT.INCOMPLETE, `${url} did not answer within ${PARITY_TIMEOUT_MS / 1000} s.`, {
      cause: error,
    });
  }
  const why = messageOf(error instanceof Error && error.cause ? error.cause : error) || "no connection";
  return new Failure(
    EXIT.INCOMPLETE,
    `${url} cannot be reached (${why}). Start a stack with \`npm start\`, or check --url.`,
    { cause: error },
  );
}

function notIsobit(url: string, what: string): string {
  return `What answers at ${url} is not isobit (${what}). Check --url.`;
}

import { IsobitError, messageOf } from "#core/errors.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import type { ModelInput } from "#core/model/model.ts";
import type { DecodeResponse, DecodeRequest } from "#core/backends/runner-messages.ts";
import { respondToParentProcess } from "#node/respond-to-parent.ts";
import { decodeImages } from "../decode.ts";

/* Decodes images other than PNG for a command, as the origin does for its callers: `node decode-process.ts`. */

async function answer({ files, width, height, channels }: DecodeRequest): Promise<DecodeResponse> {
  // Only the size of the model's image counts here; the rest of it stays with the command.
  const input = { width, height, channels } as ModelInput;
  const decoded = await decodeImages(files, (image) => modelLevels(image, { input }));
  return decoded.map((outcome) =>
    outcome instanceof Error
      ? {
          ok: false,
          code: outcome instanceof IsobitError ? outcome.code : "UNSUPPORTED_IMAGE",
          message: messageOf(outcome),
        }
      : { ok: true, ...outcome },
  );
}

respondToParentProcess(answer);

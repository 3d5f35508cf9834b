import { BACKENDS, type BackendId } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import { installRuntime, latestVersion, type InstallOptions } from "../runtimes/install.ts";
import type { CompareOptions } from "./options.ts";
import type { RunnerStart } from "./start-runner.ts";

/** "latest" as the number that it is today. @throws LibraryError INCOMPLETE where npm cannot tell */
export async function withVersions(options: CompareOptions, backends: readonly BackendId[]): Promise<CompareOptions> {
  const [first] = backends;
  if (options.versions === undefined || first === undefined) return options;
  const versions: string[] = [];
  for (const version of options.versions)
    versions.push(version === "latest" ? await latestVersion(BACKENDS[first].runtime, options.signal) : version);
  return { ...options, versions: [...new Set(versions)] };
}

/**
 * The processes that a comparison needs: one per backend and version of ONNX Runtime. Versions are installed in turn.
 * @throws LibraryError BAD_OPTION for a version that does not exist, or a backend that runs only isobit's own; INCOMPLETE
 *   where npm cannot get a version
 */
export async function startsOf(
  backends: readonly BackendId[],
  versions: readonly string[] | undefined,
  options: InstallOptions,
): Promise<readonly RunnerStart[]> {
  if (versions === undefined) return backends.map((backend) => ({ backend, version: null, folder: null }));
  const cuda = backends.find((backend) => BACKENDS[backend].provider === "cuda");
  if (cuda !== undefined)
    throw new IsobitError(
      "BAD_OPTION",
      `${cuda} runs only the version that isobit itself uses: its libraries belong to that version. Leave it out.`,
    );
  const starts: RunnerStart[] = [];
  for (const backend of backends)
    for (const version of versions) {
      starts.push({ backend, version, folder: await installRuntime(BACKENDS[backend].runtime, version, options) });
    }
  options.say("");
  return starts;
}

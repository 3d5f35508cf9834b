import { sayLine } from "./say-line.ts";
import type { BackendId } from "#core/backends.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { given, givenTolerance } from "./given.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { onSomeStack } from "#library/stack/own-stack.ts";
import { askForReport } from "./ask-parity.ts";
import type { ParityRequest } from "#library/stack/parity-query.ts";
import { renderReport } from "./report/text/render.ts";
import { reportJson } from "./report/formats/json.ts";
import type { ReportOptions } from "./report/options.ts";
import { deliverReport, writtenText } from "./report/write-reports.ts";
import type { Variables } from "#library/stack/stack-settings.ts";

export interface ParityOptions extends ReportOptions {
  readonly url?: string;
  readonly images?: readonly string[];
  readonly backends?: readonly BackendId[];
  readonly peer?: readonly string[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/**
 * `isobit parity`: ask, write the reports, show the table.
 * @returns the exit code
 * @throws LibraryError
 */
export async function parity(options: ParityOptions, variables: Variables): Promise<number> {
  const interrupt = listenForInterrupt();
  try {
    const request = requestOf(options);
    const wanted = { ...given({ url: options.url }), variables, stop: interrupt, tell: sayLine };
    const asked = await onSomeStack(wanted, (url, stop) => askForReport(url, request, stop));
    const { report, ...files } = await deliverReport(asked, options);
    process.stdout.write(
      options.json ? reportJson(report) : renderReport(report, { verbose: options.verbose === true }),
    );
    process.stderr.write(writtenText(files));
    return exitCodeOf(report);
  } finally {
    interrupt.dispose();
  }
}

function requestOf({ images, backends, peer, reference, model, abs, rel, ulp }: ParityOptions): ParityRequest {
  return given({ images, backends, peers: peer, reference, model, tolerance: givenTolerance({ abs, rel, ulp }) });
}

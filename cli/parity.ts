import type { BackendId } from "#core/backends/backend.ts";
import { exitCodeOf } from "./exit-codes.ts";
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
    const wanted = { ...given({ url: options.url }), variables, interrupt };
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
  const tolerance = { ...given({ abs }), ...given({ rel }), ...given({ ulp }) };
  return {
    ...given({ images }),
    ...given({ backends }),
    ...given({ peers: peer }),
    ...given({ reference }),
    ...given({ model }),
    ...(Object.keys(tolerance).length === 0 ? {} : { tolerance }),
  };
}

/** Leaves out what was not given, so that the server's own default stands. */
function given<Options extends object>(options: Options): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: NonNullable<Options[Key]>;
  };
}

import type { BackendId } from "#core/backend.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { listenForInterrupt, type Interrupt } from "./interrupt.ts";
import { FIND_TIMEOUT_MS } from "./limits.ts";
import { reportJson, writeParityFiles } from "./parity-files.ts";
import { askParity, isobitAnswersAt, type ParityQuestion } from "./parity-query.ts";
import type { ParityReport } from "./parity-report.ts";
import { renderParity } from "./parity-table.ts";
import { productionSides } from "./side-commands.ts";
import { defaultEdgeUrl, settingsFrom, type Variables } from "./stack-settings.ts";
import { withStack } from "./stack.ts";

export interface ParityOptions {
  readonly url?: string;
  readonly images?: readonly string[];
  readonly backends?: readonly BackendId[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly out: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/**
 * `isobit parity`: ask, write the files, show the table.
 * @returns the exit code
 * @throws Failure
 */
export async function parity(options: ParityOptions, variables: Variables): Promise<number> {
  const interrupt = listenForInterrupt();
  try {
    const report = await fetchReport(options, variables, interrupt);
    const paths = await writeParityFiles(report, options.out);
    process.stdout.write(
      options.json ? reportJson(report) : renderParity(report, { verbose: options.verbose === true }),
    );
    process.stderr.write(`Written: ${paths.join(", ")}\n`);
    return exitCodeOf(report);
  } finally {
    interrupt.dispose();
  }
}

/** From the side that was named, else from the stack that runs, else from one that runs for this question only. */
async function fetchReport(options: ParityOptions, variables: Variables, interrupt: Interrupt): Promise<ParityReport> {
  const question = questionOf(options);
  const url = options.url ?? defaultEdgeUrl(variables);
  if (options.url !== undefined || (await isobitAnswersAt(url, AbortSignal.timeout(FIND_TIMEOUT_MS)))) {
    return unlessInterrupted(interrupt, askParity(url, question, interrupt.signal));
  }
  process.stderr.write(
    `No stack runs at ${url}: starting one for this question (the first start builds the Worker).\n`,
  );
  return askOwnStack(question, variables, interrupt);
}

async function askOwnStack(
  question: ParityQuestion,
  variables: Variables,
  interrupt: Interrupt,
): Promise<ParityReport> {
  const settings = await settingsFrom({ ...variables, EDGE_PORT: "0", ORIGIN_PORT: "0" });
  const output = {
    // What matters of it comes with the failure, if there is one.
    sideLine: (): void => {},
    event: (sentence: string): void => void process.stderr.write(`${sentence}\n`),
  };
  const ask = (): Promise<ParityReport> => askParity(settings.edgeUrl, question, interrupt.signal);
  return withStack({ settings, commands: productionSides(settings), output, interrupt }, ask).catch(
    (error: unknown) => {
      if (!(error instanceof Failure) || error.exitCode !== EXIT.FAILED) throw error;
      throw new Failure(EXIT.INCOMPLETE, error.message, { cause: error });
    },
  );
}

async function unlessInterrupted<Result>(interrupt: Interrupt, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new Failure(EXIT.INTERRUPTED, "Stopped before there was an answer.", { cause: error });
  }
}

function questionOf({ images, backends, reference, model, abs, rel, ulp }: ParityOptions): ParityQuestion {
  const tolerance = { ...given({ abs }), ...given({ rel }), ...given({ ulp }) };
  return {
    ...given({ images }),
    ...given({ backends }),
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

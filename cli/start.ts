import { messageOf, IsobitError } from "#core/errors.ts";
import { orIncomplete } from "#core/onnx/rejected.ts";
import { requireReadable } from "#library/model-file.ts";
import { askForReport } from "./ask-parity.ts";
import { buildPage, pageIsStale } from "./build-page.ts";
import { EXIT } from "./exit-codes.ts";
import { IS_CHECKOUT } from "#node/installation.ts";
import { listenForInterrupt, type Interrupt } from "./interrupt.ts";
import { renderReport } from "./report/text/render.ts";
import { freePort, requireFree } from "#node/ports.ts";
import { whilePageIsServed } from "./serve-page.ts";
import { logEvent, logLine } from "./side-log.ts";
import type { SideCommands } from "#library/stack/side-commands.ts";
import { portOf, settingsFrom, type StackSettings, type Variables } from "#library/stack/stack-settings.ts";
import { servedPreprocessNote } from "#library/stack/preprocess-note.ts";
import { withStack } from "#library/stack/stack.ts";

/**
 * `isobit start` and `isobit dev`: runs both sides until a signal ends them.
 * @param commandsFor how each side is run
 * @param options.reloading for development: Vite serves the page, at WEB_PORT
 * @returns the exit code
 * @throws IsobitError if a port is taken, or a side cannot start or crashes too often
 */
export async function start(
  variables: Variables,
  commandsFor: (settings: StackSettings) => SideCommands,
  { reloading = false }: { readonly reloading?: boolean } = {},
): Promise<number> {
  const interrupt = listenForInterrupt();
  let impatient = false;
  interrupt.kill.addEventListener("abort", () => (impatient = true));
  try {
    const settings = await settingsFrom(variables);
    await requireModelFile(variables);
    const pagePort = reloading ? (portOf("WEB_PORT", variables) ?? (await freePort())) : null;
    await prepare(settings, pagePort, interrupt);
    return await serve(settings, pagePort, commandsFor(settings), interrupt);
  } catch (error) {
    if (!(error instanceof IsobitError) || error.code !== "ABORTED") throw error;
    return impatient ? EXIT.INTERRUPTED : EXIT.OK;
  } finally {
    interrupt.dispose();
  }
}

/** @throws IsobitError BAD_OPTION if a side would find no model where the environment names one */
async function requireModelFile({ MODEL, MODEL_JSON }: Variables): Promise<void> {
  for (const path of [MODEL, MODEL_JSON]) if (path) await orIncomplete(() => requireReadable(path));
}

async function serve(
  settings: StackSettings,
  pagePort: number | null,
  commands: SideCommands,
  interrupt: Interrupt,
): Promise<never> {
  const log = sideLogs(interrupt.signal, pagePort !== null);
  const sides = (pageUrl: string): Promise<never> =>
    withStack({ settings, commands, output: { sideLine: log.line, event: logEvent }, stop: interrupt }, async () => {
      log.release();
      process.stdout.write(addresses(settings, pageUrl));
      const note = await servedPreprocessNote(settings.env);
      if (note !== null) logEvent(note);
      await showFirstParity(settings.edgeUrl, interrupt.signal);
      process.stdout.write("Both sides run. Ctrl-C stops them.\n");
      // Ended by the signal, or by a side that crashes too often.
      return new Promise<never>(() => {});
    });
  if (pagePort === null) return await sides(settings.edgeUrl);
  const onLine = (line: string): void => log.line("web", line);
  const page = { port: pagePort, variables: settings.env, onLine, onEvent: logEvent };
  return await whilePageIsServed(page, () => sides(`http://localhost:${pagePort}`));
}

/**
 * Holds the lines of the sides back until both run: the error of a side that cannot start repeats its last lines. Lines of a
 * development server that is being stopped are dropped.
 */
function sideLogs(stop: AbortSignal, reloading: boolean): { line(side: string, line: string): void; release(): void } {
  let held: (() => void)[] | null = [];
  return {
    line: (side, line) => {
      if (reloading && stop.aborted) return;
      if (held) held.push(() => logLine(side, line));
      else logLine(side, line);
    },
    release: () => {
      held?.forEach((write) => write());
      held = null;
    },
  };
}

/** Checks the ports before the build, which takes longer. */
async function prepare(
  { edgePort, originPort, env }: StackSettings,
  pagePort: number | null,
  interrupt: Interrupt,
): Promise<void> {
  await requireFree([
    { variable: "EDGE_PORT", port: edgePort },
    { variable: "ORIGIN_PORT", port: originPort },
    ...(pagePort === null ? [] : [{ variable: "WEB_PORT", port: pagePort }]),
  ]);
  if (await pageIsStale()) {
    logEvent("Building the page.");
    await buildPage(env, interrupt.signal, (line) => logLine("web", line));
  }
  logEvent(
    `Starting both sides${IS_CHECKOUT ? ". The first start also bundles the Worker, which takes a few seconds" : ""}.`,
  );
}

function addresses({ edgeUrl, originUrl }: StackSettings, pageUrl: string): string {
  return `
  Web client  ${pageUrl}/
  GraphiQL    ${edgeUrl}/graphql (edge)
              ${originUrl}/graphql (origin)
  Health      ${edgeUrl}/graphql?query=%7Bhealth%7Bok%7D%7D (edge)
              ${originUrl}/health/ready (origin)

`;
}

/** A failure is printed and the stack keeps running: the next request may succeed. */
async function showFirstParity(url: string, stop: AbortSignal): Promise<void> {
  try {
    process.stdout.write(`${renderReport(await askForReport(url, {}, stop))}\n`);
  } catch (error) {
    if (!stop.aborted) logEvent(`The first parity query failed: ${messageOf(error)}`);
  }
}

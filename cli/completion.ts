import { exitCodesHelp } from "./exit-codes-help.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { BACKEND_IDS } from "#core/backends.ts";
import { ROOT } from "#node/installation.ts";
import { builtInImages } from "#library/inputs/built-in-images.ts";
import { REPORT_FORMATS } from "./report/formats.ts";

const SHELLS = ["bash", "zsh", "fish"];

const HELP = `
The script asks isobit for commands, options, backends and ids, so isobit must be on the PATH.

Examples:
  source <(isobit completion bash)          for this shell; add the line to ~/.bashrc to keep it
  isobit completion zsh > "\${fpath[1]}/_isobit"
  isobit completion fish > ~/.config/fish/completions/isobit.fish

${exitCodesHelp({ 0: "the script is printed" })}`;

/** For bash without the package bash-completion, which the script expects. */
const BASH_WORDS = `type _get_comp_words_by_ref >/dev/null 2>&1 || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
}`;
/** Registers the script's function again, so that bash completes paths if isobit suggests nothing. */
const BASH_PATHS = "complete -o default -F __isobit_complete isobit";

/** Registers `completion`. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("Print a script that completes isobit's commands, options and ids in a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell: string) => {
      const { script } = await import("@bomb.sh/tab");
      if (shell === "bash") process.stdout.write(`${BASH_WORDS}\n`);
      script(shell, "isobit", "isobit");
      if (shell === "bash") process.stdout.write(`${BASH_PATHS}\n`);
    });
}

/** What an option or argument can take, by its name. */
async function valuesByName(): Promise<Readonly<Record<string, readonly string[]>>> {
  const manifest = JSON.parse(await readFile(join(ROOT, "models", "manifest.json"), "utf8")) as {
    readonly models: readonly { readonly id: string }[];
  };
  const models = manifest.models.map(({ id }) => id);
  const images = builtInImages().map(({ id }) => id);
  const formats = [...REPORT_FORMATS.map(({ name }) => name), "all"];
  return {
    model: models,
    models,
    image: images,
    images,
    backend: BACKEND_IDS,
    backends: BACKEND_IDS,
    reference: BACKEND_IDS,
    report: formats,
  };
}

/** Registers the hidden command `complete`, which the shells' scripts run. Every other command must be registered before. */
export async function addCompleter(program: Command): Promise<void> {
  const [{ default: tab }, { ShellCompDirective }] = await Promise.all([
    import("@bomb.sh/tab/commander"),
    import("@bomb.sh/tab"),
  ]);
  const own = "completion-script";
  const root = tab(program, { completionCommandName: own });
  root.commands.delete(own);
  const known = await valuesByName();
  for (const command of root.commands.values()) {
    const named = [...command.options, ...command.arguments];
    for (const [name, place] of named) {
      const values = known[name];
      if (values !== undefined)
        place.handler = (complete: (value: string, description: string) => void) =>
          values.forEach((each) => complete(each, ""));
    }
  }
  // The library's own never lets a shell complete paths.
  const complete = (word: string): void => {
    const found = root.completions.filter(({ value }) => value.startsWith(word));
    for (const { value, description } of found) process.stdout.write(`${value}\t${description ?? ""}\n`);
    const { ShellCompDirectiveNoFileComp: none, ShellCompDirectiveDefault: paths } = ShellCompDirective;
    process.stdout.write(`:${found.length > 0 ? none : paths}\n`);
  };
  Object.assign(root, { complete });
}

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { type Ended, isobit } from "../support/isobit.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

const { stdout: overview } = await isobit(["--help"]);
const commands = [...overview.matchAll(/^ {2}([a-z]+[a-z-]*) /gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== "help");
const helps = new Map<string, Promise<Ended>>();

/** What a command says of itself, asked once. */
function helpOf(name: string): Promise<Ended> {
  const help = helps.get(name) ?? isobit([name, "--help"]);
  helps.set(name, help);
  return help;
}

describe("every command explains itself", () => {
  test("and all are listed", () => {
    for (const name of ["start", "parity", "predict", "trace", "certify", "check-certificate", "exactify"])
      expect(overview).toContain(`  ${name} `);
    expect(commands.length).toBeGreaterThan(4);
  });

  test.each(commands)("isobit %s --help has examples and exit codes", async (name) => {
    const { code, stdout, stderr } = await helpOf(name);
    expect(stdout).toMatch(new RegExp(`^Examples:\\n(  .*isobit ${name}.*\\n)+`, "m"));
    expect(stdout).toMatch(/^Exit codes:\n( {2}\d+ +\S.*\n)+/m);
    const codes = [...(stdout.split("Exit codes:\n")[1] ?? "").matchAll(/^ {2}(\d+) /gm)].map(([, each]) =>
      Number(each),
    );
    expect(codes).toEqual(codes.toSorted((left, right) => left - right));
    expect(codes).toEqual(expect.arrayContaining([0, 64, 70, 130]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each(commands.filter((name) => !["start", "dev", "setup-cuda", "completion"].includes(name)))(
    "isobit %s answers programs too",
    async (name) => {
      expect((await helpOf(name)).stdout).toMatch(/^ {2}--json /m);
    },
  );
});

test.each(["--version", "-V"])("isobit %s", async (option) => {
  expect(await isobit([option])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each([
  [["predikt"], "Did you mean predict?"],
  [["trace", "--imge", "7"], "Did you mean --image?"],
])("%j is met with a suggestion", async (args, sentence) => {
  const { code, stderr } = await isobit(args);
  expect(stderr).toContain(sentence);
  expect(code).toBe(64);
});

const noTerminal = existsSync("/usr/bin/script") ? null : "install util-linux for `script`, which gives a terminal";

describe("colours", skippedFor(noTerminal), () => {
  const CODE = `import { colour } from "#cli/colour.ts"; console.log(colour("yellow", "DRIFT"));`;
  // Node reads much from the environment here (CI, NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS, COLORTERM): none of it is the tester's.
  const { PATH, HOME } = process.env;
  const rest = { PATH, HOME };

  const onTerminal = async (env: Record<string, string>): Promise<string> => {
    const line = `'${process.execPath}' --input-type=module --eval '${CODE}'`;
    const options = { cwd: ROOT, env: { ...rest, TERM: "xterm", ...env } };
    return (await run("script", ["--quiet", "--return", "--command", line, "/dev/null"], options)).stdout;
  };

  test("are there on a terminal", async () => {
    const shown = await onTerminal({});
    expect(stripVTControlCharacters(shown).trim()).toBe("DRIFT");
    expect(shown.trim()).not.toBe("DRIFT");
  });

  test("and not with NO_COLOR, nor in a pipe", async () => {
    expect((await onTerminal({ NO_COLOR: "1" })).trim()).toBe("DRIFT");
    const piped = await run(process.execPath, ["--input-type=module", "--eval", CODE], { cwd: ROOT, env: rest });
    expect(piped.stdout.trim()).toBe("DRIFT");
  });
});

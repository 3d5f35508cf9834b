import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";

/* Completion as bash runs it: the printed script, and the function that it registers. */

const MAIN = join(import.meta.dirname, "..", "..", "cli", "main.ts");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-completion-"));
  await writeFile(join(folder, "isobit"), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  await chmod(join(folder, "isobit"), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash suggests for the last word. */
async function completes(...words: string[]): Promise<string[]> {
  const list = ["isobit", ...words].map((word) => `'${word}'`).join(" ");
  const script = `source <(isobit completion bash)
    COMP_WORDS=(${list}) COMP_CWORD=${words.length} COMP_LINE="\${COMP_WORDS[*]}" COMP_POINT=\${#COMP_LINE}
    __isobit_complete 2>/dev/null
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script], { env });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash completes", () => {
  test("commands", async () => {
    expect(await completes("pa")).toEqual(["parity"]);
    expect(await completes("c")).toEqual(
      expect.arrayContaining(["compare", "certify", "check-certificate", "completion"]),
    );
    expect(await completes("")).not.toContain("completion-script");
  });

  test("options of a command", async () => {
    expect(await completes("parity", "--im")).toEqual(["--images"]);
    expect(await completes("sweep", "--re")).toEqual(expect.arrayContaining(["--report", "--resume", "--reference"]));
  });

  test("ids of models", async () => {
    expect((await completes("parity", "--model", "dig")).toSorted()).toEqual(["digits", "digits-exact"]);
    expect((await completes("trace", "")).toSorted()).toEqual(["digits", "digits-exact"]);
    expect((await completes("compare", "digits-")).toSorted()).toEqual(["digits-exact"]);
  });

  test("backends, formats and images", async () => {
    expect(await completes("predict", "3", "--backend", "W")).toEqual(["WASM", "WEBGPU"]);
    expect(await completes("compare", "digits", "--report", "ju")).toEqual(["junit"]);
    expect(await completes("trace", "digits", "--image", "7")).toEqual(["7"]);
  });

  test("paths, if isobit suggests nothing", async () => {
    expect(await completes("compare", "./m")).toEqual([]);
    const { stdout } = await isobit(["complete", "--", "compare", "./m"]);
    expect(stdout).toBe(":0\n");
    expect((await isobit(["completion", "bash"])).stdout).toContain(
      "\ncomplete -o default -F __isobit_complete isobit\n",
    );
  });
});

test.each([
  ["zsh", "#compdef isobit"],
  ["fish", "complete -c isobit"],
])("isobit completion %s prints its script", async (shell, part) => {
  const { code, stdout, stderr } = await isobit(["completion", shell]);
  expect(stdout).toContain(part);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("another shell is refused with the known ones", async () => {
  const { code, stderr } = await isobit(["completion", "tcsh"]);
  expect(stderr).toContain("bash, zsh, fish");
  expect(code).toBe(64);
});

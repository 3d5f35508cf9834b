import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isobit, type Ended } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { startStack, type RunningStack } from "../support/stack.ts";

/* `isobit predict` against a real edge and a real origin. */

const IMAGES = join(import.meta.dirname, "..", "..", "images");

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-predict-"));
  await writeFile(join(folder, "text.png"), "no image");
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});

function predict(...args: string[]): Promise<Ended> {
  return isobit(["predict", "--url", stack.edgeUrl, ...args], { cwd: folder });
}

interface Answers {
  readonly answers: readonly {
    readonly image: string;
    readonly prediction: {
      readonly label: string;
      readonly backend: string;
      readonly probabilities: readonly number[];
      readonly logits: { readonly values: readonly number[]; readonly bits: string; readonly inputSha256: string };
    } | null;
    readonly error: { readonly code: string } | null;
  }[];
}

async function answersTo(...args: string[]): Promise<Answers["answers"]> {
  return (JSON.parse((await predict("--json", ...args)).stdout) as Answers).answers;
}

describe("images that can be answered; exit code 0", () => {
  test("all ten built-in ones, in their order", async () => {
    const { code, stdout, stderr } = await predict();
    const rows = stdout.split("\n").filter((line) => /^\d /.test(line));
    expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual(
      Array.from({ length: 10 }, (_, id) => [`${id}`, `${id}`]),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("a file is the same as the built-in image that it holds", async () => {
    const [file, id] = await answersTo(join(IMAGES, "3.png"), "3", "--backend", "CPU", "--model", "digits");
    expect(file?.prediction).toMatchObject({ label: "3", backend: "CPU" });
    expect(file?.prediction?.logits.bits).toBe(id?.prediction?.logits.bits);
    expect(file?.prediction?.logits.inputSha256).toBe(id?.prediction?.logits.inputSha256);
  });

  test.each(["png", "jpeg"])("a black digit on white paper, as .%s, with --invert", async (type) => {
    const path = join(folder, `black.${type}`);
    await sharp(join(IMAGES, "3.png"))
      .flatten()
      .negate()
      .toFormat(type as "png" | "jpeg")
      .toFile(path);
    const [file, id] = [
      (await answersTo(path, "--model", "digits", "--invert"))[0],
      (await answersTo("3", "--model", "digits"))[0],
    ];
    expect(file).toMatchObject({ image: path, prediction: { label: "3", backend: "WASM" } });
    // A JPEG's levels are near, not the same.
    if (type === "png") expect(file?.prediction?.logits).toEqual(id?.prediction?.logits);
    const plain = (await answersTo(path, "--model", "digits"))[0];
    expect(plain?.prediction?.logits.inputSha256).not.toBe(file?.prediction?.logits.inputSha256);
  });

  test("--verbose shows every probability and logit, --bits the bits of the same logits", async () => {
    const { stdout } = await predict("7", "--model", "digits", "--verbose", "--bits");
    const [answer] = await answersTo("7", "--model", "digits");
    const rows = stdout
      .split("\n")
      .filter((line) => /^ {2}\d /.test(line))
      .map((line) => line.trim().split(/ +/));
    expect(rows).toHaveLength(10);
    rows.forEach(([label, probability, logit, bits], index) => {
      expect(label).toBe(String(index));
      expect(Number(probability)).toBe(answer?.prediction?.probabilities[index]);
      expect(Number(logit)).toBe(answer?.prediction?.logits.values[index]);
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, Number.parseInt(bits ?? "", 16));
      expect(view.getFloat32(0)).toBe(answer?.prediction?.logits.values[index]);
    });
  });
});

describe("images that cannot", () => {
  test("1: some were answered, others not, each with its reason", async () => {
    const { code, stdout } = await predict("7", "77", "text.png");
    expect(stdout).toMatch(/^7 +7 /m);
    expect(stdout).toMatch(/^IMAGE_NOT_FOUND: no answer for 77\n {2}No image is called "77"/m);
    expect(stdout).toMatch(/^UNSUPPORTED_IMAGE: no answer for text\.png$/m);
    expect(code).toBe(1);
  });

  test("64: none of them is an image", async () => {
    expect((await predict("77")).code).toBe(64);
    expect((await predict("text.png")).code).toBe(64);
  });

  test("64: --invert of what is not a file, before any server is asked; 1: of a file that is not an image", async () => {
    const { code, stdout, stderr } = await predict("7", "--invert");
    expect(stderr).toBe("--invert is for files with dark ink; the built-in 7 has light ink already.\n");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect((await predict("--invert")).code).toBe(64);
    const mixed = await predict("text.png", join(IMAGES, "3.png"), "--invert");
    expect(mixed.stdout).toMatch(/^UNSUPPORTED_IMAGE: no answer for text\.png$/m);
    expect(mixed.code).toBe(1);
  });

  test("64: a path that leads nowhere, before any server is asked", async () => {
    const { code, stdout, stderr } = await isobit(["predict", "7", "nowhere.png"], { cwd: folder });
    expect(stderr).toBe("nowhere.png is missing. Check the path, or give the id of a built-in image, e.g. 7.\n");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });

  test("64: a model that is not served", async () => {
    const { code, stderr } = await predict("7", "--model", "nope");
    expect(stderr).toContain('MODEL_NOT_FOUND): No model is called "nope".');
    expect(code).toBe(64);
  });

  test("2: a backend that does not answer, though the images are right", async () => {
    await stack.killOrigin();
    const { code, stdout } = await predict("3", "7", "--backend", "CPU").finally(() => stack.startOrigin());
    expect(stdout).toMatch(/^ORIGIN_UNREACHABLE: no answer for 3$/m);
    expect(code).toBe(2);
  });
});

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
  await writeFile(join(folder, "text.png"), "not an image");
  await writeFile(join(folder, "damaged.jpg"), new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]));
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
    expect(stderr).toBe(`Asking ${stack.edgeUrl}: model digits-exact (sha256 61c7a5e4f9a1).\n`);
    expect(code).toBe(0);
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
  test("2: one image has a prediction, a damaged JPEG has an error with its reason", async () => {
    const { code, stdout } = await predict("7", "damaged.jpg");
    expect(stdout).toMatch(/^7 +7 /m);
    expect(stdout).toMatch(/^UNSUPPORTED_IMAGE: no answer for damaged\.jpg$/m);
    expect(code).toBe(2);
  });

  test("64: no file is an image", async () => {
    expect((await predict("damaged.jpg")).code).toBe(64);
    expect((await predict("text.png")).code).toBe(64);
  });

  test("64: --invert of what is not a file, before a side is asked", async () => {
    const { code, stdout, stderr } = await predict("7", "--invert");
    expect(stderr).toBe("--invert is for files with dark ink; the built-in 7 has light ink already.\n");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect((await predict("--invert")).code).toBe(64);
    const mixed = await predict("damaged.jpg", join(IMAGES, "3.png"), "--invert");
    expect(mixed.stdout).toMatch(/^UNSUPPORTED_IMAGE: no answer for damaged\.jpg$/m);
    expect(mixed.code).toBe(2);
  });

  test("64: a path that leads nowhere, before any server is asked", async () => {
    const { code, stdout, stderr } = await isobit(["predict", "7", "nowhere.png"], { cwd: folder });
    expect(stderr).toBe("nowhere.png is missing. Check the path, or give the id of a built-in image, e.g. 7.\n");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });

  test("64: a model that is not served", async () => {
    const { code, stderr } = await predict("7", "--model", "nope");
    expect(stderr).toBe(
      'No model is called "nope". Served: digits-exact, digits. For your own model, give its path.\n',
    );
    expect(code).toBe(64);
  });

  test("2: a backend that does not answer, though the images are right", async () => {
    await stack.killOrigin();
    const { code, stdout } = await predict("3", "7", "--backend", "CPU").finally(() => stack.startOrigin());
    expect(stdout).toMatch(/^ORIGIN_UNREACHABLE: no answer for 3$/m);
    expect(code).toBe(2);
  });
});

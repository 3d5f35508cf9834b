import type { Preprocess } from "../image/preprocess-settings.ts";
import { ModelRejected } from "../onnx/rejected.ts";

/**
 * Grey levels to 0..1 and nothing else. ONNX files do not say what they were trained with; light ink on a dark ground, as
 * in MNIST, and division by 255 are what torchvision's ToTensor and most examples use.
 */
export const DEFAULT_PREPROCESS: Preprocess = Object.freeze({ scale: 1 / 255, mean: [0], std: [1], invert: false });

/** Environment variables with the preprocessing of the user's own model. */
export const PREPROCESS_VARIABLES = Object.freeze(["MODEL_SCALE", "MODEL_MEAN", "MODEL_STD", "MODEL_INVERT"] as const);
export type PreprocessEnvironment = Readonly<
  Partial<Record<(typeof PREPROCESS_VARIABLES)[number], string | undefined>>
>;

/** A setting, and the name that messages use for it. */
interface Setting {
  readonly name: string;
  readonly value: unknown;
  /** The value as it was written. */
  readonly shown: string;
}

/**
 * The preprocessing of the user's own model: the environment before the sidecar before the given default.
 * @param sidecar the sidecar's object over the model's own metadata; {} for neither
 * @throws ModelRejected naming the variable or the key whose value cannot be used
 */
export function ownPreprocess(
  environment: PreprocessEnvironment,
  sidecar: Readonly<Record<string, unknown>>,
  fallback: Preprocess,
  channels: number,
): Preprocess {
  const find = (variable: keyof PreprocessEnvironment, key: keyof Preprocess): Setting => {
    const text = environment[variable]?.trim();
    // Shells and compose files set a variable to nothing when they mean "not set".
    if (text) return { name: variable, value: readText(text), shown: text };
    const [name, value] = sidecar[key] === undefined ? [key, fallback[key]] : [`"${key}" in the sidecar`, sidecar[key]];
    return { name, value, shown: JSON.stringify(value) };
  };
  return {
    scale: readScale(find("MODEL_SCALE", "scale")),
    mean: readChannels(find("MODEL_MEAN", "mean"), channels),
    std: readDeviations(find("MODEL_STD", "std"), channels),
    invert: readFlag(find("MODEL_INVERT", "invert")),
  };
}

/** Whether a sidecar or a file's metadata state any of the preprocessing. */
export function statesPreprocess(states: Readonly<Record<string, unknown>>): boolean {
  return ["scale", "mean", "std", "invert"].some((key) => states[key] !== undefined);
}

/** One mean and one std per channel. @throws ModelRejected for another number of them, or values that cannot be used */
export function perChannel(preprocess: Preprocess, channels: number): Preprocess {
  return ownPreprocess({}, {}, preprocess, channels);
}

/** "0.5", "1/255", "0.485,0.456,0.406", "[0.5, 0.5, 0.5]", "true": as the value that JSON would give, or the text itself. */
function readText(text: string): unknown {
  const list = /^\[(.*)\]$/s.exec(text)?.[1] ?? (text.includes(",") ? text : undefined);
  if (list !== undefined) return list.split(",").map((part) => readText(part.trim()));
  const [numerator = "", denominator = "1", ...rest] = text.split("/").map((part) => part.trim());
  const quotient = Number(numerator) / Number(denominator);
  if (numerator !== "" && denominator !== "" && rest.length === 0 && !Number.isNaN(quotient)) return quotient;
  return text;
}

function readScale(setting: Setting): number {
  if (isNumber(setting.value) && setting.value !== 0) return setting.value;
  throw refused(setting, "a number other than 0, such as 1 for grey levels 0-255 or 1/255 for 0-1");
}

function readChannels(setting: Setting, channels: number): readonly number[] {
  const numbers: readonly unknown[] = Array.isArray(setting.value) ? setting.value : [setting.value];
  if (!numbers.every(isNumber)) throw refused(setting, "a number, or one number per channel such as 0.485,0.456,0.406");
  const [first] = numbers;
  if (numbers.length === 1 && first !== undefined) return Array.from({ length: channels }, () => first);
  if (numbers.length === channels) return numbers;
  throw refused(
    setting,
    channels === 1 ? "one number, because the model takes grey images" : `one number, or ${channels}: one per channel`,
  );
}

function readDeviations(setting: Setting, channels: number): readonly number[] {
  const deviations = readChannels(setting, channels);
  if (deviations.every((deviation) => deviation > 0)) return deviations;
  throw refused(setting, "above 0, because pixels are divided by it");
}

function readFlag(setting: Setting): boolean {
  const { value } = setting;
  if (value === true || value === "true" || value === 1) return true;
  if (value === false || value === "false" || value === 0) return false;
  throw refused(setting, "1 or true (dark ink on a light ground is inverted), or 0 or false");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function refused({ name, shown }: Setting, wanted: string): ModelRejected {
  return new ModelRejected(`${name} is ${shown}; it must be ${wanted}.`);
}

import type { ImageEntry, ImageSource, LevelSource } from "#core/image/image.ts";
import { IsobitError } from "#core/errors.ts";
import { builder } from "./builder.ts";

const Image = builder.objectRef<ImageEntry>("Image").implement({
  description: "A built-in image: the first of its digit in MNIST's training set.",
  fields: (t) => ({
    id: t.exposeID("id"),
    label: t.exposeString("label", { description: "What it shows, by MNIST's own label." }),
    url: t.string({
      description: "Where the edge serves the PNG, from its root.",
      resolve: ({ file }) => `/images/${file}`,
    }),
    width: t.exposeInt("width", { description: "Pixels." }),
    height: t.exposeInt("height", { description: "Pixels." }),
    sha256: t.exposeString("sha256", { description: "Of the PNG file." }),
  }),
});

builder.queryField("images", (t) =>
  t.field({
    type: [Image],
    description: "The built-in images.",
    resolve: (_root, _args, { host }) => [...host.images],
  }),
);

const InvertedImage = builder.inputType("InvertedImage", {
  description: "The image to invert: exactly one field. A tensor has no grey levels, so it cannot be inverted.",
  isOneOf: true,
  fields: (t) => ({
    image: t.id({ description: "As `ImageInput.image`." }),
    file: t.field({ type: "Bytes", description: "As `ImageInput.file`." }),
    pixels: t.field({ type: "Bytes", description: "As `ImageInput.pixels`." }),
  }),
});

export const ImageInput = builder.inputType("ImageInput", {
  description: "What to run the model on: exactly one field.",
  isOneOf: true,
  fields: (t) => ({
    image: t.id({ description: 'An id of `images`, e.g. "7".' }),
    file: t.field({
      type: "Bytes",
      description:
        "An encoded image: PNG on either side; JPEG, WebP, AVIF, GIF and TIFF through the origin. Preprocessed as the model's manifest says.",
    }),
    pixels: t.field({
      type: "Bytes",
      description:
        "Grey levels 0-255 at the model's input size, row-major, one byte a pixel (28x28 = 784 bytes for the digits).",
    }),
    tensor: t.field({ type: "Bytes", description: "The model's input tensor itself, little-endian float32." }),
    inverted: t.field({
      type: InvertedImage,
      description:
        "An image with dark ink: each level g, at the model's input size, counts as 255 - g before the model's own preprocessing.",
    }),
  }),
});

/** The wire's form of an input as the main path takes it. @throws IsobitError BAD_INPUT unless exactly one field is given */
export function toSource(input: typeof ImageInput.$inferInput): ImageSource {
  if (input.tensor != null) return { kind: "tensor", bytes: input.tensor };
  if (input.inverted != null) return { kind: "inverted", source: toLevels(input.inverted) };
  return toLevels(input);
}

function toLevels({ image, file, pixels }: typeof InvertedImage.$inferInput): LevelSource {
  if (image != null) return { kind: "image", id: image };
  if (file != null) return { kind: "file", bytes: file };
  if (pixels != null) return { kind: "pixels", bytes: pixels };
  throw new IsobitError("BAD_INPUT", "An input needs exactly one of its fields.");
}

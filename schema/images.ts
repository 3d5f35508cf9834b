import { IsobitError } from "#core/errors.ts";
import type { ImageEntry, ImageSource, LevelSource } from "#core/image/image.ts";
import { findImage } from "#core/validate.ts";
import { builder } from "./builder.ts";

const Image = builder.objectRef<ImageEntry>("Image").implement({
  description: "A built-in image: the first of its digit in MNIST's training set.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Names the image in other fields." }),
    label: t.exposeString("label", { description: "The digit that it shows, by MNIST's label." }),
    url: t.string({
      description: "Path of the PNG on the edge.",
      resolve: ({ file }) => `/images/${file}`,
    }),
    width: t.exposeInt("width", { description: "Width in pixels." }),
    height: t.exposeInt("height", { description: "Height in pixels." }),
    sha256: t.expose("sha256", { type: "Sha256", description: "Digest of the PNG file." }),
  }),
});

builder.queryFields((t) => ({
  images: t.field({
    type: [Image],
    description: "The built-in images.",
    resolve: (_root, _args, { host }) => host.images,
  }),
  image: t.field({
    type: Image,
    nullable: true,
    description: "One built-in image; null with the error IMAGE_NOT_FOUND if none has this id.",
    args: { id: t.arg.id({ required: true, description: "An id of `images`." }) },
    resolve: (_root, { id }, { host }) => findImage(id, host.images),
  }),
}));

const InvertedImage = builder.inputType("InvertedImage", {
  description: "The image to invert: exactly one field. A tensor cannot be inverted, because it has no grey levels.",
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
        "An encoded image: PNG on either side; JPEG, WebP, AVIF, GIF and TIFF through the origin. Preprocessed as the model requires.",
    }),
    pixels: t.field({
      type: "Bytes",
      description:
        "Grey levels 0-255 at the model's input size, row-major, one byte per pixel (28x28 = 784 bytes for the digits).",
    }),
    tensor: t.field({ type: "Bytes", description: "The model's input tensor itself, little-endian float32." }),
    inverted: t.field({
      type: InvertedImage,
      description:
        "An image with dark ink: each level g, at the model's input size, becomes 255 - g before the model's preprocessing.",
    }),
  }),
});

export const KeyedInput = builder.inputType("KeyedInput", {
  description: "An input with the caller's own key.",
  fields: (t) => ({
    key: t.id({
      required: true,
      description: "Names the input in the response, wherever that names an image. Unique in the request.",
    }),
    input: t.field({ type: ImageInput, required: true, description: "What to run the model on." }),
  }),
});

/** An input of the wire as the main path takes it. @throws IsobitError BAD_INPUT unless exactly one field is given */
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

import { decode } from "fast-png";
import { messageOf } from "../../errors.ts";
import type { RgbaImage } from "../image.ts";
import { readParts } from "./chunks.ts";
import { corrupt } from "./corrupt.ts";
import { readHeader } from "./header.ts";
import { checkImageData } from "./image-data.ts";
import { rgbaOf } from "./rgba.ts";

/** True for anything that starts like a PNG. */
export { hasSignature as isPng } from "./header.ts";

/**
 * Decodes a PNG of any colour type and bit depth with fast-png; interlaced ones from 8 bits per sample on. Of an
 * animation, its default image. Gamma and colour profiles are ignored.
 *
 * fast-png trusts its input, so the image's size, the length of its inflated data and compressed metadata are checked
 * before.
 * @throws IsobitError INPUT_TOO_LARGE, from the header alone; UNSUPPORTED_IMAGE if it is not a PNG, cut short or corrupt
 */
export function decodePng(bytes: Uint8Array): RgbaImage {
  const header = readHeader(bytes);
  const { file, data } = readParts(bytes, header);
  checkImageData(data, header);
  try {
    const rgba = rgbaOf(decode(file, { checkCrc: true }), header);
    return { width: header.width, height: header.height, rgba };
  } catch (error) {
    throw corrupt(`the decoder says "${messageOf(error)}"`, error);
  }
}

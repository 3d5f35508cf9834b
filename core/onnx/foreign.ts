interface Signature {
  readonly at: number;
  readonly text: string;
  readonly sentence: string;
}

/** Common files that are not ONNX, by their first bytes. ONNX itself has no signature. */
const SIGNATURES: readonly Signature[] = Object.freeze([
  {
    at: 0,
    text: "version https://git-lfs",
    sentence: "The file is a Git LFS pointer, not the model it points to. Fetch the model with `git lfs pull`.",
  },
  {
    at: 0,
    text: "<",
    sentence:
      "The file is a web page or XML, not ONNX. The download probably saved the page about the model; download the .onnx file itself.",
  },
  { at: 0, text: "{", sentence: "The file is JSON text, not ONNX. Give the .onnx file." },
  {
    at: 0,
    text: "PK\u0003\u0004",
    sentence:
      "The file is a ZIP archive (PyTorch's .pt and Keras's .keras are), not ONNX. Export the model to ONNX, or unpack the archive.",
  },
  { at: 0, text: "\u001f\u008b", sentence: "The file is packed with gzip. Unpack it and give the .onnx file." },
  { at: 0, text: "\u0089HDF", sentence: "The file is HDF5 (Keras's .h5), not ONNX. Export the model to ONNX." },
  { at: 4, text: "TFL3", sentence: "The file is a TensorFlow Lite model, not ONNX. Export the model to ONNX." },
  {
    at: 4,
    text: "ORTM",
    sentence: "The file is in ONNX Runtime's own .ort format. Give the .onnx file it was made from.",
  },
]);

const LONGEST_BLANK_BYTES = 64;

/** A sentence that names the format of a well-known file that is not ONNX; null: it may be ONNX. */
export function foreignFormat(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return "The file is empty (0 bytes). Download or export the model again.";
  const start = skipBlank(bytes);
  return SIGNATURES.find(({ at, text }) => startsWith(bytes, (at === 0 ? start : 0) + at, text))?.sentence ?? null;
}

/** Text may begin with a byte order mark, blanks and line ends; an ONNX file does not, before one of the texts above. */
function skipBlank(bytes: Uint8Array): number {
  let start = startsWith(bytes, 0, "\u00ef\u00bb\u00bf") ? 3 : 0;
  while (start < LONGEST_BLANK_BYTES && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[start] ?? 0)) start += 1;
  return start;
}

function startsWith(bytes: Uint8Array, at: number, latin1: string): boolean {
  return [...latin1].every((character, index) => bytes[at + index] === character.charCodeAt(0));
}

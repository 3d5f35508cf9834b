/** Options of the library that the command line calls otherwise than in kebab case. */
const OTHERWISE: Readonly<Record<string, string>> = Object.freeze({
  allowStrideOne: "--allow-stride-1",
  dims: "--dim",
  outputTolerances: "--tolerance",
  peers: "--peer",
});

const OPTIONS =
  /`(against|allowCpu|allowStrideOne|asIs|backends|batch|calibrate|dims|expected|images|inputs|labelled|limit|out|outputTolerances|peers|random|reference|resume|save|seed|trace|url)`/g;

/** A library's sentence in the command's words: `inputs` becomes --inputs. */
export function withFlags(sentence: string): string {
  return sentence.replaceAll(OPTIONS, (_, name: string) => OTHERWISE[name] ?? `--${kebab(name)}`);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

import { printedTypes } from "./print-types.ts";

console.log(printedTypes());

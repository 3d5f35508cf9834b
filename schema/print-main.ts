import { printedSchema } from "./print.ts";

console.log(printedSchema());

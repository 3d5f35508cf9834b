import { reportJsonSchema } from "./json-schema.ts";

process.stdout.write(`${JSON.stringify(reportJsonSchema(), null, 2)}\n`);

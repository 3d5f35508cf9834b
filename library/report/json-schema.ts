import * as z from "zod";
import { runReportSchema } from "./run-report.ts";

/** The JSON Schema (draft 2020-12) of parity_report.json, committed as docs/parity_report.schema.json. */
export function reportJsonSchema(): object {
  return {
    title: "parity_report.json, version 1",
    description: "Everything that one run of isobit found.",
    ...z.toJSONSchema(runReportSchema, { override: ({ jsonSchema }) => dropSafeBounds(jsonSchema) }),
  };
}

/** zod bounds every whole number by what a double can hold, which says nothing in JSON. */
function dropSafeBounds(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

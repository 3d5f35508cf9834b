import { builder } from "./builder.ts";
import "./scalars.ts";
import "./health.ts";
import "./images.ts";
import "./models.ts";
import "./predictions.ts";
import "./parity.ts";
import "./trace.ts";
import "./sweep.ts";

/**
 * The schema that both sides answer, its names in the order in which they are declared: a new isolate would wait for
 * them to be sorted.
 */
export const schema = builder.toSchema({ sortSchema: false });

import { committedSchema, faultsOf, sourceQueries } from "./source-queries.ts";

// Types tell of fields, answers and what a caller hands over; only the schema's own rules tell of arguments.
const schema = await committedSchema();
const queries = await sourceQueries();
const faults = queries.flatMap((query) => faultsOf(schema, query));
for (const fault of faults) console.error(`${fault}\n`);
console.log(`${queries.length} queries, ${faults.length} faults.`);
process.exitCode = faults.length > 0 || queries.length === 0 ? 1 : 0;

import { committedSchema, faultsOf, pageQueries } from "./page-queries.ts";

// Types tell of fields, answers and what a caller hands over; only the schema's own rules tell of arguments.
const schema = await committedSchema();
const queries = await pageQueries();
const faults = queries.flatMap((query) => faultsOf(schema, query));
for (const fault of faults) console.error(`${fault}\n`);
console.log(`${queries.length} queries of the page, ${faults.length} faults.`);
process.exitCode = faults.length > 0 || queries.length === 0 ? 1 : 0;

import SchemaBuilder from "@pothos/core";
import type { Context } from "./context.ts";

/** Types are defined next to their queries, not here. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    Bytes: { Input: Uint8Array; Output: Uint8Array };
    DateTime: { Input: string; Output: string };
    Sha256: { Input: string; Output: string };
    ID: { Input: string; Output: string };
  };
}>({ defaultFieldNullability: false });

builder.queryType({ description: "Queries, each answered by a single response." });
builder.subscriptionType({ description: "Queries that are answered by a stream of events." });

import SchemaBuilder from "@pothos/core";
import type { Context } from "./context.ts";

/** Types are defined beside their queries, never here. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    Bytes: { Input: Uint8Array; Output: Uint8Array };
    ID: { Input: string; Output: string };
  };
}>({ defaultFieldNullability: false });

builder.queryType({});
builder.subscriptionType({});

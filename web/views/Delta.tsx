import { formatDelta } from "../format.ts";

/** A difference, shortened for the eye; its exact value stands in the markup and under the pointer. */
export function Delta({ value }: { readonly value: number | null }) {
  if (value === null) return formatDelta(value);
  return (
    <data value={value} title={String(value)}>
      {formatDelta(value)}
    </data>
  );
}

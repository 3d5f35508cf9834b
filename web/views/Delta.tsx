import { formatDelta } from "../format.ts";

/** A difference, shortened; its exact value is in the markup and in the tooltip. */
export function Delta({ value }: { readonly value: number | null }) {
  if (value === null) return formatDelta(value);
  return (
    <data value={value} title={String(value)}>
      {formatDelta(value)}
    </data>
  );
}

export function DeltaCell({ value, rowSpan }: { readonly value: number | null; readonly rowSpan?: number }) {
  return (
    <td className="number" rowSpan={rowSpan}>
      <Delta value={value} />
    </td>
  );
}

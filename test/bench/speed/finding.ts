/** One table of the report, as text. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A bound that the project set itself, and what was measured. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  readonly bound: number;
  readonly wanted: "at most" | "at least";
}

/** What one part of the benchmark found. */
export interface Finding {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** What a reader must know to read the figures rightly, in sentences. */
  readonly notes: readonly string[];
  /** The samples themselves, for --json. */
  readonly samples: unknown;
}

export function isMet({ measured, bound, wanted }: Target): boolean {
  return wanted === "at most" ? measured <= bound : measured >= bound;
}

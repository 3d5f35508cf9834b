export interface Feed {
  readonly name: string;
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type Outputs = ReadonlyMap<string, { readonly data: Float32Array; readonly dims: readonly number[] }>;

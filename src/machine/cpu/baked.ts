// The base module's bytes. In the sources there are none: tools/bake.mjs puts them here when the product is bundled, so that
// a start neither emits them nor needs a file beside the bundle.

export interface Baked {
  /** The semantics' names in the order of their numbers: a module made for another order is of no use. */
  readonly order: string;
  readonly keys: readonly number[];
  readonly wasm: Uint8Array;
}

export const baked: Baked | undefined = undefined;

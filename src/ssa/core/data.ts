import type { FuncRef, Global, ItabRef } from "./refs.ts";
import type { SType } from "./stype.ts";

/** What a pointer in static data points to. */
export type DataTarget =
  | { readonly kind: "global"; readonly global: Global }
  | { readonly kind: "funcValue"; readonly fn: FuncRef }
  | { readonly kind: "type"; readonly type: SType }
  | { readonly kind: "itab"; readonly itab: ItabRef }
  /** Bytes as char codes 0..255. */
  | { readonly kind: "string"; readonly bytes: string };

/** An 8-byte pointer within static data. */
export interface DataPointer {
  readonly offset: number;
  readonly target: DataTarget;
  readonly addend: number;
}

/** The initial contents of a package-level variable, or of a static temporary. */
export class StaticData {
  readonly bytes: Uint8Array;
  readonly pointers: DataPointer[] = [];

  constructor(
    readonly global: Global,
    readonly size: number,
  ) {
    this.bytes = new Uint8Array(size);
  }
}

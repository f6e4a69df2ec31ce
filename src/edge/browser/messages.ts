// What the page and the machine's worker say to each other.

/** To the worker. */
export type Command =
  | {
      readonly kind: "run" | "boot";
      readonly name: string;
      readonly elf: Uint8Array;
      /** Flags of `rt0 machine`, or of `rt0 boot`. */
      readonly flags: readonly string[];
      readonly args: readonly string[];
    }
  /** What the user typed; empty: end of input. */
  | { readonly kind: "input"; readonly bytes: Uint8Array }
  | { readonly kind: "interrupt" };

/** From the worker. */
export type Report =
  | { readonly kind: "ready" }
  | { readonly kind: "output"; readonly fd: number; readonly bytes: Uint8Array }
  /** The page of `rt0 boot -o`. */
  | { readonly kind: "page"; readonly html: string }
  | { readonly kind: "end"; readonly status: number; readonly ms: number };

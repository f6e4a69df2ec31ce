// What the core uses of its surroundings beyond ECMAScript itself: the few globals that Node, browsers and workers share.
// Declared here, so that the core compiles without the types of any host.

declare class TextEncoder {
  encode(text?: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array | ArrayBuffer): string;
}

declare namespace WebAssembly {
  type ImportValue = unknown;
  class Module {
    constructor(bytes: Uint8Array | ArrayBuffer);
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, ImportValue>>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { element: "anyfunc"; initial: number; maximum?: number });
    get(index: number): unknown;
    set(index: number, value: unknown): void;
    grow(delta: number): number;
    readonly length: number;
  }
  class Global<T = number | bigint> {
    constructor(descriptor: { value: string; mutable?: boolean }, value?: T);
    value: T;
  }
}

// What kernels are written in: TypeScript that is never run as such but translated to WebAssembly (see README.md). Types say
// the machine type; loads and stores are at byte addresses of the one memory; arithmetic wraps and is signed where the
// operator does not say otherwise.

/** 32-bit integer, also the truth values 0 and 1; 64-bit integer; double. */
export type i32 = number;
export type i64 = number;
export type f64 = number;

/** Loads: unsigned byte, unsigned 16 bits, 32 bits, 64 bits, 32 bits as an unsigned i64, double. */
export declare function ld8(p: i32): i32;
export declare function ld16(p: i32): i32;
export declare function ld32(p: i32): i32;
export declare function ld64(p: i32): i64;
export declare function ld32u64(p: i32): i64;
export declare function ldf(p: i32): f64;

export declare function st8(p: i32, v: i32): void;
export declare function st16(p: i32, v: i32): void;
export declare function st32(p: i32, v: i32): void;
export declare function st64(p: i32, v: i64): void;
export declare function stf(p: i32, v: f64): void;

/** Copies or fills n bytes. */
export declare function copy(to: i32, from: i32, n: i32): void;
export declare function fill(to: i32, byte: i32, n: i32): void;

/** Unsigned comparison, division, remainder; of either integer type. */
export declare function ltu(a: i32, b: i32): boolean;
export declare function gtu(a: i32, b: i32): boolean;
export declare function divu(a: i32, b: i32): i32;
export declare function remu(a: i32, b: i32): i32;

/** Conversions; the u forms take the operand as unsigned. */
export declare function toI32(x: number): i32;
export declare function toI64(x: number): i64;
export declare function toI64u(x: i32): i64;
export declare function toF64(x: number): f64;

/** Leading and trailing zero bits. */
export declare function clz(x: i32): i32;
export declare function ctz(x: number): number;

/** Ends the link: only for what damaged input alone can bring about. */
export declare function trap(): never;

// Typed WebAssembly expressions. A Val is a piece of code that leaves one value on the stack; combining two of them is
// concatenation, so an expression costs no tree. What has an effect (stores, branches) is a statement of `Body`.

/** The value types of WebAssembly that the machine uses. */
export type ValType = "i32" | "i64" | "f32" | "f64" | "v128";

export const typeByte: Record<ValType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Code that leaves one value of type K. */
export class Val<K extends ValType> {
  constructor(
    readonly type: K,
    readonly code: readonly number[],
  ) {}
}

export type I32 = Val<"i32">;
export type I64 = Val<"i64">;
export type F32 = Val<"f32">;
export type F64 = Val<"f64">;
export type V128 = Val<"v128">;

/** Appends v as signed LEB128 (32 bits). */
export function sleb32(out: number[], v: number): void {
  let n = v | 0;
  for (;;) {
    const b = n & 0x7f;
    n >>= 7;
    if ((n === 0 && (b & 0x40) === 0) || (n === -1 && (b & 0x40) !== 0)) {
      out.push(b);
      return;
    }
    out.push(b | 0x80);
  }
}

/** Appends v as signed LEB128 (64 bits). */
export function sleb64(out: number[], v: bigint): void {
  let n = BigInt.asIntN(64, v);
  for (;;) {
    const b = Number(n & 0x7fn);
    n >>= 7n;
    if ((n === 0n && (b & 0x40) === 0) || (n === -1n && (b & 0x40) !== 0)) {
      out.push(b);
      return;
    }
    out.push(b | 0x80);
  }
}

/** Appends v as unsigned LEB128. */
export function uleb(out: number[], v: number): void {
  let n = v >>> 0;
  while (n >= 128) {
    out.push((n & 0x7f) | 0x80);
    n >>>= 7;
  }
  out.push(n);
}

function join(parts: readonly (readonly number[])[], op: readonly number[]): number[] {
  let code: number[] = [];
  for (const p of parts) code = code.length === 0 ? p.slice() : code.concat(p);
  for (const b of op) code.push(b);
  return code;
}

type Un<A extends ValType, R extends ValType> = (a: Val<A>) => Val<R>;
type Bin<A extends ValType, R extends ValType> = (a: Val<A>, b: Val<A>) => Val<R>;

function un<A extends ValType, R extends ValType>(_a: A, r: R, ...op: number[]): Un<A, R> {
  return (a) => new Val(r, join([a.code], op));
}

function bin<A extends ValType, R extends ValType>(_a: A, r: R, ...op: number[]): Bin<A, R> {
  return (a, b) => new Val(r, join([a.code, b.code], op));
}

function memarg(op: readonly number[], offset: number): number[] {
  const code = [...op, 0];
  uleb(code, offset);
  return code;
}

type Load<R extends ValType> = (address: I32, offset?: number) => Val<R>;

function load<R extends ValType>(r: R, ...op: number[]): Load<R> {
  return (address, offset = 0) => new Val(r, join([address.code], memarg(op, offset)));
}

/** A store as it is written into a body: the instruction bytes and the size in bytes. */
export interface StoreOp<K extends ValType> {
  readonly type: K;
  readonly op: readonly number[];
  readonly size: number;
}

/** A load as an operand kind: the instruction and the size in bytes. */
export interface LoadOp<K extends ValType> {
  readonly type: K;
  readonly op: readonly number[];
  readonly size: number;
}

/** Emits a load of the given kind. */
export function loadAt<K extends ValType>(kind: LoadOp<K>, address: I32, offset = 0): Val<K> {
  return new Val(kind.type, join([address.code], memarg(kind.op, offset)));
}

/** The bytes of a store of the given kind. */
export function storeCode<K extends ValType>(kind: StoreOp<K>, address: I32, value: Val<K>, offset = 0): number[] {
  return join([address.code, value.code], memarg(kind.op, offset));
}

export const loads = {
  i32: { type: "i32", op: [0x28], size: 4 },
  i64: { type: "i64", op: [0x29], size: 8 },
  f32: { type: "f32", op: [0x2a], size: 4 },
  f64: { type: "f64", op: [0x2b], size: 8 },
  u8: { type: "i32", op: [0x2d], size: 1 },
  s8: { type: "i32", op: [0x2c], size: 1 },
  u16: { type: "i32", op: [0x2f], size: 2 },
  s16: { type: "i32", op: [0x2e], size: 2 },
  v128: { type: "v128", op: [0xfd, 0], size: 16 },
  v32zero: { type: "v128", op: [0xfd, 92], size: 4 },
  v64zero: { type: "v128", op: [0xfd, 93], size: 8 },
} as const satisfies Record<string, LoadOp<ValType>>;

export const stores = {
  i32: { type: "i32", op: [0x36], size: 4 },
  i64: { type: "i64", op: [0x37], size: 8 },
  f32: { type: "f32", op: [0x38], size: 4 },
  f64: { type: "f64", op: [0x39], size: 8 },
  u8: { type: "i32", op: [0x3a], size: 1 },
  u16: { type: "i32", op: [0x3b], size: 2 },
  v128: { type: "v128", op: [0xfd, 11], size: 16 },
} as const satisfies Record<string, StoreOp<ValType>>;

function i32const(v: number): I32 {
  const code = [0x41];
  sleb32(code, v);
  return new Val("i32", code);
}

function i64const(v: bigint | number): I64 {
  const code = [0x42];
  sleb64(code, BigInt(v));
  return new Val("i64", code);
}

export const i32 = {
  const: i32const,
  load: load("i32", 0x28),
  load8u: load("i32", 0x2d),
  load8s: load("i32", 0x2c),
  load16u: load("i32", 0x2f),
  load16s: load("i32", 0x2e),
  eqz: un("i32", "i32", 0x45),
  eq: bin("i32", "i32", 0x46),
  ne: bin("i32", "i32", 0x47),
  lts: bin("i32", "i32", 0x48),
  ltu: bin("i32", "i32", 0x49),
  gts: bin("i32", "i32", 0x4a),
  gtu: bin("i32", "i32", 0x4b),
  les: bin("i32", "i32", 0x4c),
  leu: bin("i32", "i32", 0x4d),
  ges: bin("i32", "i32", 0x4e),
  geu: bin("i32", "i32", 0x4f),
  clz: un("i32", "i32", 0x67),
  ctz: un("i32", "i32", 0x68),
  popcnt: un("i32", "i32", 0x69),
  add: bin("i32", "i32", 0x6a),
  sub: bin("i32", "i32", 0x6b),
  mul: bin("i32", "i32", 0x6c),
  divs: bin("i32", "i32", 0x6d),
  divu: bin("i32", "i32", 0x6e),
  rems: bin("i32", "i32", 0x6f),
  remu: bin("i32", "i32", 0x70),
  and: bin("i32", "i32", 0x71),
  or: bin("i32", "i32", 0x72),
  xor: bin("i32", "i32", 0x73),
  shl: bin("i32", "i32", 0x74),
  shrs: bin("i32", "i32", 0x75),
  shru: bin("i32", "i32", 0x76),
  rotl: bin("i32", "i32", 0x77),
  rotr: bin("i32", "i32", 0x78),
  wrap: un("i64", "i32", 0xa7),
  extend8s: un("i32", "i32", 0xc0),
  extend16s: un("i32", "i32", 0xc1),
  reinterpret: un("f32", "i32", 0xbc),
} as const;

export const i64 = {
  const: i64const,
  load: load("i64", 0x29),
  load8u: load("i64", 0x31),
  load16u: load("i64", 0x33),
  load32u: load("i64", 0x35),
  load32s: load("i64", 0x34),
  eqz: un("i64", "i32", 0x50),
  eq: bin("i64", "i32", 0x51),
  ne: bin("i64", "i32", 0x52),
  lts: bin("i64", "i32", 0x53),
  ltu: bin("i64", "i32", 0x54),
  gts: bin("i64", "i32", 0x55),
  gtu: bin("i64", "i32", 0x56),
  les: bin("i64", "i32", 0x57),
  leu: bin("i64", "i32", 0x58),
  ges: bin("i64", "i32", 0x59),
  geu: bin("i64", "i32", 0x5a),
  clz: un("i64", "i64", 0x79),
  ctz: un("i64", "i64", 0x7a),
  popcnt: un("i64", "i64", 0x7b),
  add: bin("i64", "i64", 0x7c),
  sub: bin("i64", "i64", 0x7d),
  mul: bin("i64", "i64", 0x7e),
  divs: bin("i64", "i64", 0x7f),
  divu: bin("i64", "i64", 0x80),
  rems: bin("i64", "i64", 0x81),
  remu: bin("i64", "i64", 0x82),
  and: bin("i64", "i64", 0x83),
  or: bin("i64", "i64", 0x84),
  xor: bin("i64", "i64", 0x85),
  shl: bin("i64", "i64", 0x86),
  shrs: bin("i64", "i64", 0x87),
  shru: bin("i64", "i64", 0x88),
  rotl: bin("i64", "i64", 0x89),
  rotr: bin("i64", "i64", 0x8a),
  extendU: un("i32", "i64", 0xad),
  extendS: un("i32", "i64", 0xac),
  extend8s: un("i64", "i64", 0xc2),
  extend16s: un("i64", "i64", 0xc3),
  extend32s: un("i64", "i64", 0xc4),
  reinterpret: un("f64", "i64", 0xbd),
} as const;

export const f32 = {
  const: (v: number): F32 => {
    const b = new Uint8Array(new Float32Array([v]).buffer);
    return new Val("f32", [0x43, ...b]);
  },
  eq: bin("f32", "i32", 0x5b),
  ne: bin("f32", "i32", 0x5c),
  lt: bin("f32", "i32", 0x5d),
  gt: bin("f32", "i32", 0x5e),
  le: bin("f32", "i32", 0x5f),
  ge: bin("f32", "i32", 0x60),
  abs: un("f32", "f32", 0x8b),
  neg: un("f32", "f32", 0x8c),
  ceil: un("f32", "f32", 0x8d),
  floor: un("f32", "f32", 0x8e),
  trunc: un("f32", "f32", 0x8f),
  nearest: un("f32", "f32", 0x90),
  sqrt: un("f32", "f32", 0x91),
  add: bin("f32", "f32", 0x92),
  sub: bin("f32", "f32", 0x93),
  mul: bin("f32", "f32", 0x94),
  div: bin("f32", "f32", 0x95),
  convertI32: un("i32", "f32", 0xb2),
  convertI64: un("i64", "f32", 0xb4),
  demote: un("f64", "f32", 0xb6),
  reinterpret: un("i32", "f32", 0xbe),
} as const;

export const f64 = {
  const: (v: number): F64 => {
    const b = new Uint8Array(new Float64Array([v]).buffer);
    return new Val("f64", [0x44, ...b]);
  },
  eq: bin("f64", "i32", 0x61),
  ne: bin("f64", "i32", 0x62),
  lt: bin("f64", "i32", 0x63),
  gt: bin("f64", "i32", 0x64),
  le: bin("f64", "i32", 0x65),
  ge: bin("f64", "i32", 0x66),
  abs: un("f64", "f64", 0x99),
  neg: un("f64", "f64", 0x9a),
  ceil: un("f64", "f64", 0x9b),
  floor: un("f64", "f64", 0x9c),
  trunc: un("f64", "f64", 0x9d),
  nearest: un("f64", "f64", 0x9e),
  sqrt: un("f64", "f64", 0x9f),
  add: bin("f64", "f64", 0xa0),
  sub: bin("f64", "f64", 0xa1),
  mul: bin("f64", "f64", 0xa2),
  div: bin("f64", "f64", 0xa3),
  convertI32: un("i32", "f64", 0xb7),
  convertI64: un("i64", "f64", 0xb9),
  promote: un("f32", "f64", 0xbb),
  reinterpret: un("i64", "f64", 0xbf),
  /** Truncation towards zero, saturating: the caller tests the range first. */
  toI32: un("f64", "i32", 0xfc, 2),
  toI64: un("f64", "i64", 0xfc, 6),
} as const;

/** A SIMD instruction's opcode bytes. */
function simd(n: number): number[] {
  const code = [0xfd];
  uleb(code, n);
  return code;
}

export function vun(n: number): Un<"v128", "v128"> {
  return un("v128", "v128", ...simd(n));
}

export function vbin(n: number): Bin<"v128", "v128"> {
  return bin("v128", "v128", ...simd(n));
}

/** A vector shifted by a scalar count. */
export function vshift(n: number): (a: V128, count: I32) => V128 {
  const op = simd(n);
  return (a, count) => new Val("v128", join([a.code, count.code], op));
}

export const v128 = {
  const: (bytes: readonly number[]): V128 => new Val("v128", [...simd(12), ...bytes]),
  zero: (): V128 => new Val("v128", [...simd(12), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  load: load("v128", 0xfd, 0),
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 =>
    new Val("v128", join([a.code, b.code], [...simd(13), ...lanes])),
  swizzle: vbin(14),
  not: vun(77),
  and: vbin(78),
  andnot: vbin(79),
  or: vbin(80),
  xor: vbin(81),
  bitselect: (a: V128, b: V128, mask: V128): V128 => new Val("v128", join([a.code, b.code, mask.code], simd(82))),
  anyTrue: un("v128", "i32", ...simd(83)),
  splat8: un("i32", "v128", ...simd(15)),
  splat16: un("i32", "v128", ...simd(16)),
  splat32: un("i32", "v128", ...simd(17)),
  splat64: un("i64", "v128", ...simd(18)),
  splatF32: un("f32", "v128", ...simd(19)),
  splatF64: un("f64", "v128", ...simd(20)),
  lane8: (a: V128, lane: number): I32 => new Val("i32", join([a.code], [...simd(22), lane])),
  lane16: (a: V128, lane: number): I32 => new Val("i32", join([a.code], [...simd(25), lane])),
  lane32: (a: V128, lane: number): I32 => new Val("i32", join([a.code], [...simd(27), lane])),
  lane64: (a: V128, lane: number): I64 => new Val("i64", join([a.code], [...simd(29), lane])),
  laneF32: (a: V128, lane: number): F32 => new Val("f32", join([a.code], [...simd(31), lane])),
  laneF64: (a: V128, lane: number): F64 => new Val("f64", join([a.code], [...simd(33), lane])),
  with8: (a: V128, lane: number, x: I32): V128 => new Val("v128", join([a.code, x.code], [...simd(23), lane])),
  with16: (a: V128, lane: number, x: I32): V128 => new Val("v128", join([a.code, x.code], [...simd(26), lane])),
  with32: (a: V128, lane: number, x: I32): V128 => new Val("v128", join([a.code, x.code], [...simd(28), lane])),
  with64: (a: V128, lane: number, x: I64): V128 => new Val("v128", join([a.code, x.code], [...simd(30), lane])),
  withF32: (a: V128, lane: number, x: F32): V128 => new Val("v128", join([a.code, x.code], [...simd(32), lane])),
  withF64: (a: V128, lane: number, x: F64): V128 => new Val("v128", join([a.code, x.code], [...simd(34), lane])),
  bitmask8: un("v128", "i32", ...simd(100)),
  bitmask16: un("v128", "i32", ...simd(132)),
  bitmask32: un("v128", "i32", ...simd(164)),
  bitmask64: un("v128", "i32", ...simd(196)),
} as const;

/** cond ? a : b, both evaluated. */
export function select<K extends ValType>(a: Val<K>, b: Val<K>, cond: I32): Val<K> {
  const code = join([a.code, b.code, cond.code], a.type === "v128" ? [0x1c, 1, typeByte.v128] : [0x1b]);
  return new Val(a.type, code);
}

/** cond ? a : b, one evaluated. */
export function choose<K extends ValType>(cond: I32, a: Val<K>, b: Val<K>): Val<K> {
  return new Val(a.type, [...cond.code, 0x04, typeByte[a.type], ...a.code, 0x05, ...b.code, 0x0b]);
}

/** A call of function `index` that leaves one value. */
export function call<R extends ValType>(index: number, type: R, ...args: Val<ValType>[]): Val<R> {
  const op = [0x10];
  uleb(op, index);
  return new Val(
    type,
    join(
      args.map((a) => a.code),
      op,
    ),
  );
}

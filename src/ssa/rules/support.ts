// What generated matchers call.
import { type Aux, type SType, Value } from "../core/index.ts";

/** A new value next to v. */
export function make(v: Value, op: number, type: SType, auxInt: number, auxHi: number, aux: Aux, args: Value[]): Value {
  const b = v.block;
  const w = new Value(b.func.nextValueId++, op, type, auxInt, auxHi, aux, args, b, v.pos);
  w.inl = v.inl;
  b.values.push(w);
  return w;
}

/** Turns v into another operation in place. */
export function become(
  v: Value,
  op: number,
  type: SType,
  auxInt: number,
  auxHi: number,
  aux: Aux,
  args: Value[],
): void {
  for (let i = 0; i < args.length; i++) args[i]!.uses++;
  v.resetArgs();
  v.op = op;
  v.type = type;
  v.auxInt = auxInt;
  v.auxHi = auxHi;
  v.aux = aux;
  for (let i = 0; i < args.length; i++) v.args.push(args[i]!);
}

/** An integer, bool or pointer of 64 bits; the others of fewer. */
export function isInt64(t: SType): boolean {
  return t.size === 8 && t.isScalar && !t.isFloat;
}

export function isInt32(t: SType): boolean {
  return t.size === 4 && t.isScalar && !t.isFloat;
}

export function isInt16(t: SType): boolean {
  return t.size === 2 && t.isScalar;
}

export function isInt8(t: SType): boolean {
  return t.size === 1 && t.isScalar;
}

export function isF64(t: SType): boolean {
  return t.size === 8 && t.isFloat;
}

export function isF32(t: SType): boolean {
  return t.size === 4 && t.isFloat;
}

import type { Handler } from "../cpu/handler.ts";

/** Flags as bits of a mask. */
export const enum F {
  None = 0,
  C = 1,
  P = 2,
  A = 4,
  Z = 8,
  S = 16,
  O = 32,
  All = 63,
}

/** The meaning of an instruction, written over the builder. */
export interface Semantic {
  readonly name: string;
  readonly id: number;
  readonly emit: (c: Handler) => void;
  /** Flags it may set; when none of them is read before it is overwritten, the handler is emitted without flags. */
  readonly writes: number;
  /** Flags it always sets. */
  readonly kills: number;
  /** Flags it reads. */
  readonly reads: number;
  /** It says itself where to go on. */
  readonly control: boolean;
  /** Nothing after it can run in this block. */
  readonly ends: boolean;
  /** The immediate shapes the code (a shuffle's pattern): handlers are made per value, found in `extra`. */
  readonly immediate: boolean;
}

const byName = new Map<string, Semantic>();
const all: Semantic[] = [];

export interface Traits {
  writes?: number;
  kills?: number;
  reads?: number;
  control?: boolean;
  ends?: boolean;
  immediate?: boolean;
}

/** Defines the meaning of a mnemonic (Intel's, lower case). */
export function define(name: string, traits: Traits, emit: (c: Handler) => void): void {
  const writes = traits.writes ?? 0;
  const s: Semantic = {
    name,
    id: all.length,
    emit,
    writes,
    kills: traits.kills ?? writes,
    reads: traits.reads ?? 0,
    control: traits.control ?? traits.ends ?? false,
    ends: traits.ends ?? false,
    immediate: traits.immediate ?? false,
  };
  if (byName.has(name)) throw new Error(`${name} defined twice`);
  byName.set(name, s);
  all.push(s);
}

export function semantic(name: string): Semantic | undefined {
  return byName.get(name);
}

export function semanticById(id: number): Semantic {
  return all[id] as Semantic;
}

export function semanticNames(): string[] {
  return [...byName.keys()];
}

/** Flags that condition cc reads. */
export const conditionFlags: readonly number[] = [
  F.O,
  F.O,
  F.C,
  F.C,
  F.Z,
  F.Z,
  F.C | F.Z,
  F.C | F.Z,
  F.S,
  F.S,
  F.P,
  F.P,
  F.S | F.O,
  F.S | F.O,
  F.Z | F.S | F.O,
  F.Z | F.S | F.O,
];

import type { PosTable } from "#base";
import { type Block, BlockKind, type Func, type Value } from "./func.ts";
import { Op, opName } from "./op.ts";

/** Names of block kinds; targets add theirs. */
const blockNames: string[] = [];

export function defineBlockKind(kind: number, name: string): void {
  blockNames[kind] = name;
}

export function blockKindName(kind: number): string {
  return blockNames[kind] ?? `kind${kind}`;
}

/** Block kinds by name, for the reader of the text form. */
export function blockKindCodes(): Map<string, number> {
  const m = new Map<string, number>();
  for (const [kind, name] of blockNames.entries()) if (name !== undefined) m.set(name, kind);
  return m;
}

for (const [name, kind] of Object.entries(BlockKind)) if (typeof kind === "number") defineBlockKind(kind, name);

/**
 * The text form of a value: `v7 = Add <int> v3 v4 [auxInt] {aux} @reg // file:line`. Parts that hold nothing are left out;
 * the auxInt of a ConstInt is printed as its 64-bit value.
 */
export function valueString(v: Value, positions: PosTable | null = null): string {
  let s = `v${v.id} = ${opName(v.op)} <${v.type}>`;
  for (const a of v.args) s += ` v${a.id}`;
  if (v.op === Op.ConstInt) s += ` [${(BigInt(v.auxHi) << 32n) | BigInt(v.auxInt >>> 0)}]`;
  else if (v.op === Op.ConstFloat) s += ` [${Object.is(v.auxInt, -0) ? "-0" : v.auxInt}]`;
  else if (v.auxInt !== 0) s += ` [${v.auxInt}]`;
  if (typeof v.aux === "string") s += ` {${JSON.stringify(v.aux)}}`;
  else if (v.aux !== null && v.op !== Op.Copy) s += ` {${v.aux}}`;
  if (v.reg >= 0) s += ` @${v.reg}`;
  if (positions !== null && v.pos !== 0) {
    const r = positions.resolve(v.pos);
    if (r !== undefined) s += `  // ${r.name.slice(r.name.lastIndexOf("/") + 1)}:${r.line}`;
  }
  return s;
}

/** The last line of a block: how it ends and where it goes. */
function blockEnd(b: Block): string {
  let s = `  ${blockKindName(b.kind)}`;
  if (b.control !== null) s += ` v${b.control.id}`;
  if (b.aux !== null) s += ` {${b.aux}}`;
  if (b.likely !== 0) s += b.likely > 0 ? " (likely)" : " (unlikely)";
  if (b.succs.length > 0) s += ` -> ${b.succs.map((e) => e.b).join(" ")}`;
  return s;
}

/** The text form of a function: blocks in order, each with its predecessors, its values and how it ends. */
export function funcString(f: Func, positions: PosTable | null = null): string {
  const lines: string[] = [`func ${f.name} ${f.phase}`];
  for (const l of f.params) lines.push(`  param ${l.name} <${l.type}>`);
  for (const l of f.results) lines.push(`  result ${l.name} <${l.type}>`);
  for (const l of f.autos) lines.push(`  auto ${l.name} <${l.type}>`);
  for (const b of f.blocks) {
    const preds = b.preds.length > 0 ? ` <- ${b.preds.map((e) => e.b).join(" ")}` : "";
    lines.push(`${b}:${b === f.entry ? " entry" : ""}${preds}`);
    for (const v of b.values) lines.push(`  ${valueString(v, positions)}`);
    lines.push(blockEnd(b));
  }
  return `${lines.join("\n")}\n`;
}

import { FuncFlag, relocName, SymKind, symKindName } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { progString } from "./print.ts";
import { Attr, type LSym } from "./sym.ts";

/** -S=level: every symbol with its instructions, bytes and relocations (cmd/internal/obj/objfile.go writeSymDebug). */
export function listing(ctxt: Ctxt, level: number): string {
  let out = "";
  for (const s of ctxt.text) out += symbol(ctxt, s, level);
  for (const s of ctxt.data) out += symbol(ctxt, s, level);
  if (level > 1)
    for (const s of ctxt.text) for (const aux of dwarfOf(s)) out += symbol(ctxt, aux, level, `aux for ${s.name}`);
  return out;
}

/** The debugging information of a function, which -S=2 shows too. */
function dwarfOf(s: LSym): LSym[] {
  const fn = s.func;
  if (fn === null) return [];
  return [fn.dwarfRanges, fn.dwarfLoc, fn.dwarfLines, fn.dwarfInfo].filter((d) => d !== null && d.size !== 0) as LSym[];
}

/** A symbol's name; from -S=2 on with its ABI, from -S=3 on with where it is in the object. */
function nameAt(s: LSym, level: number, name = s.name): string {
  if (level < 2) return name;
  return `${name}<${s.abi}>${level < 3 ? "" : `<idx ${s.pkgIdx} ${s.symIdx}>`}`;
}

function symbol(ctxt: Ctxt, s: LSym, level: number, name = s.name): string {
  let out = `${nameAt(s, level, name)} `;
  if (s.kind !== SymKind.Sxxx) out += `${symKindName(s.kind)} `;
  if (s.has(Attr.Static)) out += "static ";
  if (s.has(Attr.DuplicateOK)) out += "dupok ";
  if (s.has(Attr.CFunc)) out += "cfunc ";
  if (s.has(Attr.NoSplit)) out += "nosplit ";
  const fn = s.func;
  if (fn !== null && (fn.funcFlag & FuncFlag.TopFrame) !== 0) out += "topframe ";
  if (fn !== null && (fn.funcFlag & FuncFlag.Asm) !== 0) out += "asm ";
  out += `size=${s.size}`;
  if (fn !== null) {
    out += ` args=0x${hex64(fn.args)} locals=0x${hex64(fn.locals)} funcid=0x${fn.funcID.toString(16)} align=0x${fn.align.toString(16)}`;
    if (s.has(Attr.Leaf)) out += " leaf";
  }
  out += "\n";
  if (fn !== null) {
    for (let p = fn.text; p !== null; p = p.next) out += `\t0x${hex(p.pc, 4)} ${progString(ctxt, p, level > 1)}\n`;
  }
  const data = s.bytes();
  for (let i = 0; i < data.length; i += 16) {
    out += `\t0x${hex(i, 4)}`;
    let text = "";
    for (let j = i; j < i + 16; j++) {
      if (j >= data.length) {
        out += "   ";
        continue;
      }
      const c = data[j]!;
      out += ` ${hex(c, 2)}`;
      text += c >= 32 && c <= 126 ? String.fromCharCode(c) : ".";
    }
    out += `  ${text}\n`;
  }
  for (const r of s.relocs) {
    const name = r.sym !== null ? nameAt(r.sym, Math.min(level, 2)) : r.type === 15 ? "TLS" : "";
    out += `\trel ${r.off}+${r.size} t=${relocName(r.type)} ${name}+${r.add}\n`;
  }
  return out;
}

function hex64(v: number): string {
  return (v < 0 ? BigInt.asUintN(64, BigInt(v)) : v).toString(16);
}

function hex(v: number, width: number): string {
  return v.toString(16).padStart(width, "0");
}

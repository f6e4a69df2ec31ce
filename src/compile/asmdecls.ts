import { ByteWriter } from "#base";
import { Attr, SymKind } from "#obj";
import { Abi, abiParams, type FuncRef, type SType } from "#ssa";
import { setPointerBits } from "#types";
import type { PackageSymbols } from "./symbols.ts";

/** Ends a description of arguments (internal/abi: TraceArgsEndSeq). */
const traceArgsEnd = 0xff;

/**
 * What assembly takes from the Go declaration of one of its functions: the pointer maps of its arguments, without and with
 * results (cmd/compile/internal/liveness: WriteFuncMap), and how a traceback prints them.
 */
export function defineAssemblyDecl(symbols: PackageSymbols, fn: FuncRef): void {
  const layout = abiParams(fn.sig, Abi.ABI0);
  const words = layout.argBytes / 8;
  const bits = new Uint8Array(Math.ceil(words / 8));
  const mark = (type: SType, offset: number): void => {
    if (type.hasPointers) setPointerBits(type.go!, offset, bits);
  };
  const w = new ByteWriter(16 + bits.length * 2);
  w.u32(layout.results.length > 0 ? 2 : 1);
  w.u32(words);
  for (const p of layout.params) mark(p.type, p.offset);
  w.bytes(bits);
  if (layout.results.length > 0) {
    for (const r of layout.results) mark(r.type, r.offset);
    w.bytes(bits);
  }
  const s = symbols.ctxt.lookup(`${fn.name}.args_stackmap`);
  s.writeBytes(0, w.toBytes());
  // Assembly refers to it by name.
  symbols.define(s, SymKind.SRODATA, w.length, Attr.Local | Attr.Linkname);
  const info = symbols.ctxt.lookup(`${fn.name}.arginfo${fn.abi}`);
  info.writeInt(0, 1, traceArgsEnd);
  symbols.define(info, SymKind.SRODATA, 1, Attr.Local | Attr.Linkname);
}

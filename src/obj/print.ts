import { As, opcodeNames, Reg, registerNames } from "#arch";
import type { Pos } from "#base";
import type { Ctxt } from "./ctxt.ts";
import { absFile } from "./filename.ts";
import { type Addr, AddrName, AddrType, argsUnknown, type Prog, Suffix } from "./prog.ts";
import { FuncFlag } from "#formats";
import { ABI, Attr, type LSym } from "./sym.ts";

// Text of instructions, as `asm -S` and messages show them (cmd/internal/obj/util.go).

/** "00012 (file.s:3)\tADDQ\t$5, AX". outermost: the line of an instruction that was inlined is that of the call in the function it is in. */
export function progString(ctxt: Ctxt, p: Prog, outermost = true): string {
  let { pos } = p;
  if (outermost) for (let i = p.inl; i >= 0; i = ctxt.inlTree[i]!.parent) pos = ctxt.inlTree[i]!.pos;
  return `${String(p.pc).padStart(5, "0")} (${lineString(ctxt, pos)})\t${instructionString(p)}`;
}

function lineString(ctxt: Ctxt, pos: Pos): string {
  const r = ctxt.positions.resolve(pos);
  if (r === undefined) return "<unknown line number>";
  // The compiler's positions have the names that debuggers see.
  const file = ctxt.isAsm ? r.file.name : absFile(ctxt.pathname, r.file.name, ctxt.trimpath);
  // Export data has line directives of its own, which lead back to the file that it is a part of.
  if (r.name === r.file.name && (r.line === r.line0 || !ctxt.isAsm)) return `${file}:${r.line}`;
  return `${r.name}:${r.line}[${file}:${r.line0}]`;
}

/** The instruction alone: "ADDQ\t$5, AX". */
export function instructionString(p: Prog): string {
  let s = opcodeNames[p.as]! + suffixString(p.scond);
  let sep = "\t";
  const put = (a: Addr): void => {
    s += sep + addrString(a);
    sep = ", ";
  };
  if (p.from.type !== AddrType.None) put(p.from);
  if (p.rest !== null) for (const a of p.rest) put(a);
  if (p.as === As.TEXT && p.from.sym !== null) {
    const attrs = textAttrString(p.from.sym);
    if (attrs !== "") s += sep + attrs;
  }
  if (p.to.type !== AddrType.None) put(p.to);
  return s;
}

const rounding = ["", ".RN_SAE", ".RD_SAE", ".RU_SAE", ".RZ_SAE"];

export function suffixString(s: Suffix): string {
  if (s === Suffix.None) return "";
  return (
    rounding[(s & Suffix.RoundMask) >> 3]! +
    ((s & Suffix.Sae) !== 0 ? ".SAE" : "") +
    ((s & Suffix.Broadcast) !== 0 ? ".BCST" : "") +
    ((s & Suffix.Zeroing) !== 0 ? ".Z" : "")
  );
}

const attrNames: readonly (readonly [number, string])[] = [
  [Attr.DuplicateOK, "DUPOK"],
  [Attr.CFunc, "CFUNC"],
  [Attr.NoSplit, "NOSPLIT"],
  [Attr.Leaf, "LEAF"],
  [Attr.ReflectMethod, "REFLECTMETHOD"],
  [Attr.Local, "LOCAL"],
  [Attr.Wrapper, "WRAPPER"],
  [Attr.NeedCtxt, "NEEDCTXT"],
  [Attr.NoFrame, "NOFRAME"],
  [Attr.Static, "STATIC"],
  [Attr.ABIWrapper, "ABIWRAPPER"],
  [Attr.PkgInit, "PKGINIT"],
  [Attr.Linkname, "LINKNAME"],
];

function textAttrString(s: LSym): string {
  const list: string[] = [];
  for (const [bit, name] of attrNames) if (s.has(bit)) list.push(name);
  if (s.abi === ABI.ABIInternal) list.push("ABIInternal");
  if (s.func !== null && (s.func.funcFlag & FuncFlag.TopFrame) !== 0) list.push("TOPFRAME");
  return list.join("|");
}

/** A 64-bit integer in decimal. */
function int64String(lo: number, hi: number): string {
  if (hi === lo >> 31) return String(lo);
  return ((BigInt(hi) << 32n) | BigInt(lo >>> 0)).toString();
}

function offsetString(a: Addr): string {
  if (a.offset === 0 && a.hi === 0) return "";
  const s = int64String(a.offset, a.hi);
  return s.startsWith("-") ? s : `+${s}`;
}

const regName = (r: Reg): string => registerNames[r] ?? `R???${r}`;

/** An operand. */
export function addrString(a: Addr): string {
  switch (a.type) {
    case AddrType.None:
      return "";
    case AddrType.Reg:
      return a.offset !== 0 ? `$${int64String(a.offset, a.hi)},${regName(a.reg)}` : regName(a.reg);
    case AddrType.Branch:
      if (a.sym !== null) return `${a.sym.name}(SB)`;
      return a.target !== null ? String(a.target.pc) : `${int64String(a.offset, a.hi)}(PC)`;
    case AddrType.Indir:
      return `*${nameString(a)}`;
    case AddrType.Mem:
      return (
        nameString(a) +
        (a.index === Reg.None ? "" : a.scale === 0 ? `(${regName(a.index)})` : `(${regName(a.index)}*${a.scale})`)
      );
    case AddrType.Const:
      return `$${nameString(a)}`;
    case AddrType.TextSize:
      return a.hi === argsUnknown ? `$${a.offset}` : `$${a.offset}-${a.hi}`;
    case AddrType.FConst:
      return `$(${floatString(a)})`;
    case AddrType.SConst:
      return `$${quote(a.str ?? "")}`;
    case AddrType.Addr:
      return `$${nameString(a)}`;
    case AddrType.RegList:
      return `[${regName(a.reg)}-${regName(a.index)}]`;
  }
}

function nameString(a: Addr): string {
  const reg = (def: string): string => (a.reg === Reg.None ? def : regName(a.reg));
  const name = a.sym?.name ?? "";
  switch (a.name) {
    case AddrName.None:
      if (a.reg === Reg.None) return int64String(a.offset, a.hi);
      return `${a.offset === 0 && a.hi === 0 ? "" : int64String(a.offset, a.hi)}(${regName(a.reg)})`;
    case AddrName.Extern:
      return `${name}${offsetString(a)}(${reg("SB")})`;
    case AddrName.Static:
      return `${name}<>${offsetString(a)}(${reg("SB")})`;
    case AddrName.GotRef:
      return `${name}${offsetString(a)}@GOT(${reg("SB")})`;
    case AddrName.Auto:
    case AddrName.Param:
      // What has no name in the source is a place in the frame like any other.
      return `${name === "" ? int64String(a.offset, a.hi) : name + offsetString(a)}(${reg(a.name === AddrName.Auto ? "SP" : "FP")})`;
  }
}

/** The value of a floating-point operand. */
export function floatOf(a: Addr): number {
  const v = new DataView(new ArrayBuffer(8));
  v.setInt32(0, a.offset, true);
  v.setInt32(4, a.hi, true);
  return v.getFloat64(0, true);
}

/** As C's %.17g, with ".0" where it would look like an integer. */
function floatString(a: Addr): string {
  const f = floatOf(a);
  if (!Number.isFinite(f)) return Number.isNaN(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf";
  const e = f === 0 ? 0 : Number(f.toExponential(16).split("e")[1]);
  let s: string;
  if (e < -4 || e >= 17) {
    const [m, x] = f.toExponential(16).split("e") as [string, string];
    const digits = x.replace(/^[+-]/, "").padStart(2, "0");
    s = `${m.includes(".") ? m.replace(/\.?0+$/, "") : m}e${x.startsWith("-") ? "-" : "+"}${digits}`;
  } else {
    s = f.toFixed(Math.max(0, 16 - e));
    if (s.includes(".")) s = s.replace(/\.?0+$/, "");
    if (Object.is(f, -0)) s = "-0";
  }
  return /[.e]/.test(s) ? s : `${s}.0`;
}

/** A Go string literal of bytes. */
export function quote(bytes: string): string {
  let out = '"';
  for (const ch of bytes) {
    const c = ch.charCodeAt(0);
    if (ch === '"' || ch === "\\") out += `\\${ch}`;
    else if (c === 10) out += "\\n";
    else if (c === 9) out += "\\t";
    else if (c === 13) out += "\\r";
    else if (c === 7) out += "\\a";
    else if (c === 8) out += "\\b";
    else if (c === 12) out += "\\f";
    else if (c === 11) out += "\\v";
    else if (c < 32 || c >= 127) out += `\\x${c.toString(16).padStart(2, "0")}`;
    else out += ch;
  }
  return `${out}"`;
}

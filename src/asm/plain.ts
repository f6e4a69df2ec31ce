import { ABI, Addr, AddrName, AddrType, type Ctxt } from "#obj";
import { plainName } from "./tokens.ts";
import { registers } from "./registers.ts";

// Operands in the forms that nearly all have, read without tokens. Whatever is not exactly so, or wrong, is for OperandParser,
// whose results these are.

const name = "[A-Za-z_\\u00b7][A-Za-z0-9_\\u00b7\\u2215]*";
const number = "0x[0-9a-fA-F]{1,7}|0|[1-9][0-9]{0,8}";

/** $name<>+8(SB) */
const symbol = new RegExp(`^(\\$?)(${name})(<>)?(?:([+-])(${number}))?\\((SB|FP|SP)\\)[ \\t]*$`);
/** 8(AX)(BX*4) */
const memory = new RegExp(`^(-?)(${number})?\\(([A-Z][A-Z0-9]*)\\)(?:\\(([A-Z][A-Z0-9]*)\\*([1248])\\))?[ \\t]*$`);
/** $8, AX, label */
const constant = /^\$(-?)(0x[0-9a-fA-F]{1,16}|0|[1-9][0-9]{0,14})[ \t]*$/;
const word = /^([A-Za-z_][A-Za-z0-9_]*)[ \t]*$/;

/** What names mean at this place. */
export interface Names {
  isMacro(name: string): boolean;
  /** The name, with the package's before it if it begins with a dot. */
  qualify(name: string): string;
}

/** The operand that a text is; undefined if it is not of the usual form. jump: a bare name is a label. */
export function plainOperand(text: string, jump: boolean, ctxt: Ctxt, names: Names): Addr | undefined {
  const c = text.charCodeAt(0);
  // A digit, a minus, a bracket, a dollar; else a letter.
  if ((c >= 48 && c <= 57) || c === 45 || c === 40) {
    const m = memory.exec(text);
    return m === null ? undefined : memoryOperand(m, names);
  }
  if (c === 36) {
    const m = constant.exec(text);
    if (m !== null) return constantOperand(m[1]!, m[2]!);
  } else {
    const m = word.exec(text);
    if (m !== null) return names.isMacro(m[1]!) ? undefined : bareWord(m[1]!, jump, ctxt);
  }
  const m = symbol.exec(text);
  return m === null ? undefined : symbolOperand(m, ctxt, names);
}

function constantOperand(sign: string, digits: string): Addr {
  const a = new Addr();
  a.type = AddrType.Const;
  if (digits.length > 10 && digits.charCodeAt(1) === 120) {
    a.offset = Number.parseInt(digits.slice(-8), 16) | 0;
    a.hi = Number.parseInt(digits.slice(2, -8), 16) | 0;
  } else {
    const v = Number(digits);
    a.offset = v | 0;
    a.hi = Math.floor(v / 4294967296);
  }
  if (sign === "-") negate(a);
  return a;
}

function negate(a: Addr): void {
  a.offset = -a.offset | 0;
  a.hi = a.offset === 0 ? -a.hi | 0 : ~a.hi;
}

function bareWord(w: string, jump: boolean, ctxt: Ctxt): Addr | undefined {
  const a = new Addr();
  const r = registers.get(w);
  if (r !== undefined) {
    if (r < 0) return undefined;
    a.type = AddrType.Reg;
    a.reg = r;
    return a;
  }
  if (!jump) return undefined;
  a.type = AddrType.Mem;
  a.sym = ctxt.lookupABI(w, ABI.ABI0);
  return a;
}

function memoryOperand(m: RegExpExecArray, names: Names): Addr | undefined {
  const sign = m[1]!;
  const offset = m[2];
  const base = m[3]!;
  const index = m[4];
  const b = registers.get(base);
  if (b === undefined || b < 0 || names.isMacro(base)) return undefined;
  // A sign without a number is no expression.
  if (offset === undefined && sign !== "") return undefined;
  const a = new Addr();
  a.type = AddrType.Mem;
  a.reg = b;
  if (offset !== undefined) {
    a.offset = Number(offset);
    if (sign === "-") negate(a);
  }
  if (index === undefined) return a;
  const i = registers.get(index);
  if (i === undefined || i < 0 || names.isMacro(index)) return undefined;
  a.index = i;
  a.scale = Number(m[5]);
  return a;
}

function symbolOperand(m: RegExpExecArray, ctxt: Ctxt, names: Names): Addr | undefined {
  const written = m[2]!;
  const brackets = m[3];
  const offset = m[5];
  const base = m[6]!;
  if (names.isMacro(written) || names.isMacro(base) || registers.has(written)) return undefined;
  const n = names.qualify(plainName(written));
  const a = new Addr();
  a.type = m[1] === "" ? AddrType.Mem : AddrType.Addr;
  a.sym = brackets === undefined ? ctxt.lookupABI(n, ABI.ABI0) : ctxt.lookupStatic(n);
  a.name =
    base === "FP"
      ? AddrName.Param
      : base === "SP"
        ? AddrName.Auto
        : brackets === undefined
          ? AddrName.Extern
          : AddrName.Static;
  if (offset !== undefined) {
    a.offset = Number(offset);
    if (m[4] === "-") negate(a);
  }
  return a;
}

// Reads the listing of `go tool compile -S` back into Progs: prologue, epilogues and the call of morestack are taken off
// and slots made relative to the frame again, so that assembling has to put back what the compiler's back end made.
import { As, opcodeNames, Reg, registerNames } from "#arch";
import {
  Addr,
  AddrName,
  type AddrType,
  Attr,
  appendProg,
  argsUnknown,
  type Ctxt,
  defineText,
  type LSym,
  type Prog,
  TextFlag,
} from "../index.ts";

const opcodes = new Map(opcodeNames.map((n, i) => [n, i as As]));
const regs = new Map(registerNames.map((n, i) => [n, i as Reg]));

interface Line {
  readonly pc: number;
  readonly op: string;
  readonly args: readonly string[];
}

export interface Listed {
  readonly name: string;
  readonly flags: string;
  readonly frame: number;
  readonly args: number;
  readonly lines: readonly Line[];
  /** The machine code, in hex. */
  readonly code: string;
}

/** The functions of a listing. */
export function parseListing(text: string): Listed[] {
  const out: Listed[] = [];
  for (const section of text.split(/^(?=\S)/m)) {
    const head = /^(.*) STEXT(?:FIPS)? (?:[a-z]+ )*size=/.exec(section);
    if (head === null) continue;
    const lines: Line[] = [];
    let code = "";
    for (const line of section.split("\n")) {
      const m = /^\t0x[0-9a-f]+ (\d+) \(.*?\)\t([A-Z][A-Z0-9]*)(?:\t(.*))?$/.exec(line);
      if (m !== null) lines.push({ pc: Number(m[1]), op: m[2]!, args: m[3] === undefined ? [] : split(m[3]) });
      else {
        const d = /^\t0x[0-9a-f]+((?: [0-9a-f]{2})+) {2}/.exec(line);
        if (d !== null) code += d[1]!.replaceAll(" ", "");
      }
    }
    const textLine = lines[0];
    if (textLine === undefined || textLine.op !== "TEXT") continue;
    const size = /^\$(-?\d+)(?:-(\d+))?$/.exec(textLine.args[textLine.args.length - 1]!)!;
    const flags = textLine.args.length === 3 ? textLine.args[1]! : "";
    out.push({
      name: head[1]!,
      flags,
      frame: Number(size[1]),
      args: size[2] === undefined ? argsUnknown : Number(size[2]),
      lines: lines.slice(1),
      code,
    });
  }
  return out;
}

/** Splits at ", " outside quotes and brackets. */
function split(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "(" || c === "[" || c === "{") depth++;
    else if (c === ")" || c === "]" || c === "}") depth--;
    else if (c === "," && text[i + 1] === " " && depth === 0) {
      out.push(text.slice(from, i));
      from = i + 2;
    }
  }
  out.push(text.slice(from));
  return out;
}

function operand(ctxt: Ctxt, text: string, a: Addr, depth: number, bp: number): void {
  const reg = regs.get(text);
  if (reg !== undefined && text !== "") {
    a.setReg(reg);
    return;
  }
  const constant = /^\$(-?\d+)$/.exec(text);
  if (constant !== null) {
    const v = BigInt(constant[1]!);
    a.setConst64(Number(BigInt.asIntN(32, v)), Number(BigInt.asIntN(32, v >> 32n)));
    return;
  }
  const float = /^\$\((.*)\)$/.exec(text);
  if (float !== null) {
    const v = new DataView(new ArrayBuffer(8));
    v.setFloat64(0, float[1] === "+Inf" ? Infinity : float[1] === "-Inf" ? -Infinity : Number(float[1]), true);
    a.type = 5 as AddrType;
    a.offset = v.getInt32(0, true);
    a.hi = v.getInt32(4, true);
    return;
  }
  const plain = /^(-?\d+)?(?:\(([A-Z0-9]+)\))?(?:\(([A-Z0-9]+)\*([1248])\))?$/.exec(text);
  if (plain !== null && plain[2] !== "FP") {
    a.setMem(plain[2] === undefined ? Reg.None : regs.get(plain[2])!, Number(plain[1] ?? 0));
    if (plain[3] !== undefined) {
      a.index = regs.get(plain[3])!;
      a.scale = Number(plain[4]);
    }
    return;
  }
  const named = /^(.*?)([+-]\d+)?\((SB|SP|FP)\)(?:\(([A-Z0-9]+)\*([1248])\))?$/s.exec(text);
  if (named === null) throw new Error(`operand ${text}`);
  const off = Number(named[2] ?? 0);
  if (named[3] === "SB") a.setSym(ctxt.lookup(named[1]!), off);
  else if (named[3] === "SP") a.setSlot(AddrName.Auto, off - (depth - bp));
  else a.setSlot(AddrName.Param, off - depth - 8);
  if (named[4] !== undefined) {
    a.index = regs.get(named[4])!;
    a.scale = Number(named[5]);
  }
}

const isBranch = (op: string): boolean => op.startsWith("J") && op !== "JMP";

/** Makes the function's Progs; null for one that uses what a listing does not tell. */
export function rebuild(ctxt: Ctxt, f: Listed): LSym {
  const flagSet = new Set(f.flags.split("|"));
  const noframe = flagSet.has("NOFRAME");
  const bp = noframe ? 0 : 8;
  let flags = 0;
  if (flagSet.has("NOSPLIT")) flags |= TextFlag.NOSPLIT;
  if (noframe) flags |= TextFlag.NOFRAME;
  if (flagSet.has("NEEDCTXT")) flags |= TextFlag.NEEDCTXT;
  if (flagSet.has("WRAPPER")) flags |= TextFlag.WRAPPER;
  const sym = ctxt.lookupABI(f.name, flagSet.has("ABIInternal") ? 1 : 0);
  const text = defineText(ctxt, sym, flags, 0, f.frame - bp, f.args);
  sym.set(Attr.CFunc, flagSet.has("CFUNC"));
  let lines = f.lines;
  let i = 0;
  if (!flagSet.has("NOSPLIT")) {
    while (lines[i]!.op !== "JLS") i++;
    i += 2;
    let cut = lines.length - 1;
    while (lines[cut]!.op !== "NOP" || lines[cut + 1]!.args.join() !== "$1,$-1" || lines[cut + 2]!.op !== "PCDATA")
      cut--;
    const end = lines.slice(cut + 1).filter((l) => l.op !== "NOP");
    let tail = 0;
    while (end[tail]!.op === "PCDATA") tail++;
    const spills: Line[] = [];
    for (; end[tail]!.op !== "CALL"; tail++) spills.push(end[tail]!);
    tail += 2;
    for (const s of spills) {
      const back = end[tail++]!;
      const addr = new Addr();
      // Here the frame does not exist yet.
      operand(ctxt, s.args[1]!, addr, 0, 0);
      sym.func!.spills.push({
        addr,
        reg: regs.get(back.args[1]!)!,
        spill: opcodes.get(s.op)!,
        unspill: opcodes.get(back.op)!,
      });
    }
    lines = lines.slice(0, cut);
  }
  if (bp > 0) i += 2;
  if (f.frame - bp !== 0) i++;
  const byPC = new Map<number, Prog>();
  const jumps: { readonly prog: Prog; readonly pc: number }[] = [];
  let last = text;
  let epilogue = -1;
  for (; i < lines.length; i++) {
    const l = lines[i]!;
    // Padding is listed as a NOP with a size; the back end's own ones have none, but may be jumped to.
    if (l.op === "NOP" && (i + 1 === lines.length || lines[i + 1]!.pc !== l.pc)) continue;
    if (f.frame > 0 && epilogue < 0) {
      // ADDQ $n, SP; POPQ BP; RET (or a tail jump) is one RET.
      const adjusts = (l.op === "ADDQ" || l.op === "SUBQ") && l.args[1] === "SP";
      if (adjusts || (l.op === "POPQ" && l.args[0] === "BP")) {
        epilogue = l.pc;
        continue;
      }
    }
    if (epilogue >= 0 && l.op === "POPQ") continue;
    const p = appendProg(last, opcodes.get(l.op)!);
    last = p;
    const pc = epilogue >= 0 ? epilogue : l.pc;
    if (!byPC.has(pc)) byPC.set(pc, p);
    const back = epilogue >= 0;
    epilogue = -1;
    if (back || l.op === "RET") {
      p.as = As.RET;
      if (l.args.length > 0) p.to.setCallee(ctxt.lookup(l.args[0]!.replace(/\(SB\)$/, "")));
      continue;
    }
    const n = l.args.length;
    if (l.op === "CALL" || l.op === "JMP" || isBranch(l.op)) {
      const to = l.args[n - 1]!;
      if (/^\d+$/.test(to)) {
        p.to.setBranch(null);
        jumps.push({ prog: p, pc: Number(to) });
      } else if (to.endsWith("(SB)")) {
        if (l.op === "JMP") {
          p.as = As.RET;
        }
        p.to.setCallee(ctxt.lookup(to.slice(0, -4)));
      } else operand(ctxt, to, p.to, f.frame, bp);
      continue;
    }
    if (l.op === "DUFFZERO" || l.op === "DUFFCOPY") {
      p.to.type = 7 as AddrType;
      p.to.sym = ctxt.lookup("runtime.duff");
      continue;
    }
    l.args.forEach((text, k) => {
      const single = n === 1 && /^(INC|DEC|NEG|NOT|POP|SET|BSWAP)/.test(l.op);
      const a = k === 0 && !single ? p.from : k === n - 1 ? p.to : p.addRest();
      operand(ctxt, text, a, f.frame, bp);
    });
  }
  for (const j of jumps) {
    const q = byPC.get(j.pc);
    if (q === undefined) throw new Error(`no instruction at ${j.pc}`);
    j.prog.to.target = q;
  }
  return sym;
}

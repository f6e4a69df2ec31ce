import { As, opcodeNames, Reg } from "#arch";
import { InternalError, type Pos } from "#base";
import { type LSym, Prog } from "#obj";

const byName = new Map<string, As>();
opcodeNames.forEach((name, i) => {
  if (name !== "") byName.set(name, i as As);
});

/** The opcode of an assembler mnemonic. */
export function asOf(name: string): As {
  const as = byName.get(name);
  if (as === undefined) throw new InternalError("ssa/emit", name, "no such instruction");
  return as;
}

/** The register of a number as Value.reg has it. */
export function regOf(r: number): Reg {
  return (r < 16 ? Reg.AX + r : Reg.X0 + (r - 16)) as Reg;
}

/** A function's list of instructions as it grows. */
export class ProgList {
  last: Prog;
  /** Position of the instructions to come. */
  pos: Pos;
  /** Index in the package's inlining tree of the call they come from, -1: none. */
  inl = -1;
  private readonly state = [-1, -1, -1, -1, -1];

  constructor(readonly text: Prog) {
    this.last = text;
    this.pos = text.pos;
  }

  add(as: As): Prog {
    const p = new Prog(as, this.pos);
    p.inl = this.inl;
    this.last.next = p;
    this.last = p;
    return p;
  }

  /** op src, dst */
  regReg(as: As, src: number, dst: number): Prog {
    const p = this.add(as);
    p.from.setReg(regOf(src));
    p.to.setReg(regOf(dst));
    return p;
  }

  constReg(as: As, c: number, dst: number): Prog {
    const p = this.add(as);
    p.from.setConst(c);
    p.to.setReg(regOf(dst));
    return p;
  }

  /** From here on, table `table` says value at every pc. */
  pcdata(table: number, value: number): void {
    if (this.state[table] === value) return;
    this.state[table] = value;
    const p = this.add(As.PCDATA);
    p.from.setConst(table);
    p.to.setConst(value);
  }

  /** What a table says here. */
  pcdataNow(table: number): number {
    return this.state[table]!;
  }

  funcdata(table: number, sym: LSym): void {
    const p = this.add(As.FUNCDATA);
    p.from.setConst(table);
    p.to.setSym(sym);
  }
}

import { layoutOf, linkString, type Type, TypeKind, under } from "#types";
import {
  Abi,
  BlockKind,
  Func,
  FuncFlag,
  FuncRef,
  Local,
  LocalKind,
  Op,
  type SType,
  type Value,
} from "../core/index.ts";
import { Alg, algOf } from "./alg.ts";
import { SSABuilder } from "./ssabuilder.ts";
import type { STypes } from "./stypes.ts";

// type:.eq.T and type:.hash.T: comparison and hashing of types that are neither plain memory nor of one basic kind
// (cmd/compile/internal/reflectdata/alg.go). Every package that needs them makes the same ones, under one name.

/** Fields, elements and runs of memory of a type: what to compare or hash, in order. */
type Part =
  | { readonly kind: "memory"; readonly offset: number; readonly size: number }
  | { readonly kind: "value"; readonly offset: number; readonly type: Type; readonly alg: Alg }
  | { readonly kind: "array"; readonly offset: number; readonly elem: Type; readonly length: number };

/** The parts of a type; neighbouring fields of plain memory are one run, blank fields and padding are left out. */
function partsOf(type: Type, base: number, into: Part[]): Part[] {
  const memory = (offset: number, size: number): void => {
    const last = into[into.length - 1];
    if (size === 0) return;
    if (last?.kind === "memory" && last.offset + last.size === offset) {
      into[into.length - 1] = { kind: "memory", offset: last.offset, size: last.size + size };
    } else {
      into.push({ kind: "memory", offset, size });
    }
  };
  const alg = algOf(type);
  const u = under(type);
  if (alg === Alg.Mem) memory(base, layoutOf(type).size);
  else if (u.kind === TypeKind.Struct) {
    const { offsets } = layoutOf(u);
    u.fields.forEach((f, i) => {
      if (f.name !== "_") partsOf(f.type!, base + offsets[i]!, into);
    });
  } else if (u.kind === TypeKind.Array) {
    if (u.len === 1) partsOf(u.elem, base, into);
    else into.push({ kind: "array", offset: base, elem: u.elem, length: u.len });
  } else into.push({ kind: "value", offset: base, type, alg });
  return into;
}

/** Names and signatures of the runtime's functions that these call. */
export class AlgFuncs {
  private readonly refs = new Map<string, FuncRef>();

  constructor(private readonly types: STypes) {}

  private runtime(name: string, params: readonly SType[], results: readonly SType[]): FuncRef {
    let r = this.refs.get(name);
    if (r === undefined) {
      r = new FuncRef(`runtime.${name}`, { params, results }, Abi.ABIInternal, FuncFlag.NoEscape, false, "");
      this.refs.set(name, r);
    }
    return r;
  }

  private begin(
    name: string,
    params: readonly { name: string; type: SType }[],
    result: SType,
  ): { f: Func; b: SSABuilder; args: Value[] } {
    const sig = { params: params.map((p) => p.type), results: [result] };
    // They count as the runtime's own frames, so that recover looks through a panicking comparison.
    const ref = new FuncRef(name, sig, Abi.ABIInternal, FuncFlag.DupOk | FuncFlag.Wrapper, false, "");
    const f = new Func(ref, FuncFlag.DupOk | FuncFlag.Wrapper);
    const b = new SSABuilder(f, this.types);
    const entry = b.newBlock();
    f.entry = entry;
    b.startSealed(entry);
    b.mem = b.val(Op.InitMem, this.types.mem);
    const args = params.map((p, i) => {
      const l = new Local(p.name, p.type, LocalKind.Param, i);
      f.params.push(l);
      return b.valAux(Op.Arg, p.type, i, l);
    });
    f.results.push(new Local("r", result, LocalKind.Result, 0));
    return { f, b, args };
  }

  private ret(b: SSABuilder, v: Value): void {
    const made = b.val(Op.MakeResult, this.types.tuple([v.type, this.types.mem]), v, b.mem);
    b.cur!.kind = BlockKind.Ret;
    b.cur!.setControl(made);
    b.cur = null;
  }

  private call(b: SSABuilder, fn: FuncRef, ...args: Value[]): Value {
    return b.produce(Op.StaticCall, fn.sig.results[0]!, 0, fn, ...args);
  }

  // ---- Equality

  /** type:.eq.T: func(p, q *T) bool. */
  buildEq(type: Type): Func {
    const t = this.types;
    const ptr = t.pointerTo(t.of(type));
    const { f, b, args } = this.begin(
      eqFuncName(type),
      [
        { name: "p", type: ptr },
        { name: "q", type: ptr },
      ],
      t.bool,
    );
    const differ = b.newBlock();
    this.compareParts(b, partsOf(type, 0, []), args[0]!, args[1]!, differ);
    this.ret(b, b.bool(true));
    b.startSealed(differ);
    this.ret(b, b.bool(false));
    b.finish();
    return f;
  }

  /** Goes on where all parts are equal; jumps to differ at the first that is not. */
  private compareParts(
    b: SSABuilder,
    parts: readonly Part[],
    p: Value,
    q: Value,
    differ: ReturnType<SSABuilder["newBlock"]>,
  ): void {
    const require = (equal: Value): void => {
      const next = b.newBlock();
      b.branch(equal, next, differ, 1);
      b.startSealed(next);
    };
    // What takes a call comes after what does not, but nothing changes places with what may panic.
    let late: (() => void)[] = [];
    const finishLate = (): void => {
      for (const run of late) run();
      late = [];
    };
    for (const part of parts) {
      if (part.kind === "memory") {
        const test = (): void => require(this.equalMemory(b, p, q, part.offset, part.size));
        if (part.size <= 8 && (part.size & (part.size - 1)) === 0) test();
        else late.push(test);
      } else if (part.kind === "value" && part.alg === Alg.String) {
        const t = this.types;
        const x = b.load(t.of(part.type), b.offset(p, part.offset, t.of(part.type)));
        const y = b.load(t.of(part.type), b.offset(q, part.offset, t.of(part.type)));
        require(b.val(Op.Eq, t.bool, b.val(Op.StringLen, t.int, x), b.val(Op.StringLen, t.int, y)));
        late.push(() => require(this.equalBytes(b, x, y)));
      } else if (part.kind === "value" && part.alg !== Alg.Inter && part.alg !== Alg.NilInter) {
        require(this.equalValue(b, p, q, part.offset, part.type, part.alg, differ));
      } else {
        finishLate();
        if (part.kind === "value") {
          require(this.equalValue(b, p, q, part.offset, part.type, part.alg, differ));
          continue;
        }
        const elem = this.types.of(part.elem);
        const at = (v: Value): Value => b.offset(v, part.offset, elem);
        this.compareElements(b, part.elem, part.length, at(p), at(q), differ);
      }
    }
    finishLate();
  }

  /** Whether two strings of one length have the same bytes. */
  private equalBytes(b: SSABuilder, x: Value, y: Value): Value {
    const t = this.types;
    const bytes = t.pointerTo(t.uint8);
    const fn = this.runtime("memequal", [t.unsafePtr, t.unsafePtr, t.uintptr], [t.bool]);
    const at = (v: Value): Value => b.val(Op.Bitcast, t.unsafePtr, b.val(Op.StringPtr, bytes, v));
    return this.call(b, fn, at(x), at(y), b.val(Op.Bitcast, t.uintptr, b.val(Op.StringLen, t.int, x)));
  }

  private equalMemory(b: SSABuilder, p: Value, q: Value, offset: number, size: number): Value {
    const t = this.types;
    const word = size === 1 ? t.uint8 : size === 2 ? t.uint16 : size === 4 ? t.uint32 : size === 8 ? t.uint64 : null;
    if (word !== null)
      return b.val(Op.Eq, t.bool, b.load(word, b.offset(p, offset, word)), b.load(word, b.offset(q, offset, word)));
    const fn = this.runtime("memequal", [t.unsafePtr, t.unsafePtr, t.uintptr], [t.bool]);
    return this.call(b, fn, this.address(b, p, offset), this.address(b, q, offset), b.f.constInt(t.uintptr, size));
  }

  private address(b: SSABuilder, p: Value, offset: number): Value {
    return b.val(Op.Bitcast, this.types.unsafePtr, b.offset(p, offset, this.types.uint8));
  }

  private equalValue(
    b: SSABuilder,
    p: Value,
    q: Value,
    offset: number,
    type: Type,
    alg: Alg,
    differ: ReturnType<SSABuilder["newBlock"]>,
  ): Value {
    const t = this.types;
    const s = t.of(type);
    const x = b.load(s, b.offset(p, offset, s));
    const y = b.load(s, b.offset(q, offset, s));
    /** Both must hold: leaves at once if the first does not. */
    const require = (c: Value): void => {
      const next = b.newBlock();
      b.branch(c, next, differ, 1);
      b.startSealed(next);
    };
    switch (alg) {
      case Alg.Inter:
      case Alg.NilInter: {
        const tab = b.val(Op.IfaceTab, t.uintptr, x);
        require(b.val(Op.Eq, t.bool, tab, b.val(Op.IfaceTab, t.uintptr, y)));
        const fn = this.runtime(
          alg === Alg.Inter ? "ifaceeq" : "efaceeq",
          [t.uintptr, t.unsafePtr, t.unsafePtr],
          [t.bool],
        );
        return this.call(b, fn, tab, b.val(Op.IfaceData, t.unsafePtr, x), b.val(Op.IfaceData, t.unsafePtr, y));
      }
      case Alg.Complex64:
      case Alg.Complex128: {
        const part = alg === Alg.Complex64 ? t.float32 : t.float64;
        require(b.val(Op.Eq, t.bool, b.val(Op.ComplexReal, part, x), b.val(Op.ComplexReal, part, y)));
        return b.val(Op.Eq, t.bool, b.val(Op.ComplexImag, part, x), b.val(Op.ComplexImag, part, y));
      }
      default:
        return b.val(Op.Eq, t.bool, x, y);
    }
  }

  private compareElements(
    b: SSABuilder,
    elem: Type,
    length: number,
    p: Value,
    q: Value,
    differ: ReturnType<SSABuilder["newBlock"]>,
  ): void {
    this.loop(b, length, (i) => {
      const at = (v: Value): Value => b.val(Op.PtrIndex, v.type, v, i);
      this.compareParts(b, partsOf(elem, 0, []), at(p), at(q), differ);
    });
  }

  /** for i := 0; i < length; i++ { body(i) } */
  private loop(b: SSABuilder, length: number, body: (i: Value) => void): void {
    const t = this.types;
    const index = b.newVar(t.int);
    b.write(index, b.int(0));
    const head = b.newBlock();
    const inside = b.newBlock();
    const done = b.newBlock();
    b.jump(head);
    b.start(head);
    b.branch(b.val(Op.Lt, t.bool, b.read(index), b.int(length)), inside, done, 1);
    b.startSealed(inside);
    const i = b.read(index);
    b.loopDepth++;
    body(i);
    b.loopDepth--;
    b.write(index, b.val(Op.Add, t.int, i, b.int(1)));
    b.jump(head);
    b.seal(head);
    b.startSealed(done);
  }

  // ---- Hashing

  /** type:.hash.T: func(p *T, h uintptr) uintptr. */
  buildHash(type: Type): Func {
    const t = this.types;
    const { f, b, args } = this.begin(
      hashFuncName(type),
      [
        { name: "p", type: t.pointerTo(t.of(type)) },
        { name: "h", type: t.uintptr },
      ],
      t.uintptr,
    );
    const h = b.newVar(t.uintptr);
    b.write(h, args[1]!);
    this.hashParts(b, partsOf(type, 0, []), args[0]!, h);
    this.ret(b, b.read(h));
    b.finish();
    return f;
  }

  private hashParts(b: SSABuilder, parts: readonly Part[], p: Value, h: number): void {
    const t = this.types;
    for (const part of parts) {
      if (part.kind === "array") {
        const elem = t.of(part.elem);
        const base = b.offset(p, part.offset, elem);
        this.loop(b, part.length, (i) => {
          this.hashParts(b, partsOf(part.elem, 0, []), b.val(Op.PtrIndex, base.type, base, i), h);
        });
      } else if (part.kind === "memory") {
        const fn = this.runtime("memhash", [t.unsafePtr, t.uintptr, t.uintptr], [t.uintptr]);
        b.write(h, this.call(b, fn, this.address(b, p, part.offset), b.read(h), b.f.constInt(t.uintptr, part.size)));
      } else {
        const fn = this.runtime(hashers[part.alg]!, [t.unsafePtr, t.uintptr], [t.uintptr]);
        b.write(h, this.call(b, fn, this.address(b, p, part.offset), b.read(h)));
      }
    }
  }
}

const hashers: Partial<Record<Alg, string>> = {
  [Alg.String]: "strhash",
  [Alg.Inter]: "interhash",
  [Alg.NilInter]: "nilinterhash",
  [Alg.Float32]: "f32hash",
  [Alg.Float64]: "f64hash",
  [Alg.Complex64]: "c64hash",
  [Alg.Complex128]: "c128hash",
};

export function eqFuncName(type: Type): string {
  return `type:.eq.${linkString(type)}`;
}

export function hashFuncName(type: Type): string {
  return `type:.hash.${linkString(type)}`;
}

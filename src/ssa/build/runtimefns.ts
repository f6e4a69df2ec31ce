import { Abi, type EscapeSummary, FuncFlag, FuncRef, type SType } from "../core/index.ts";
import type { STypes } from "./stypes.ts";

// The functions of the runtime that built code calls (cmd/compile/internal/typecheck/_builtin/runtime.go). One line each:
//
//     name(params) results flags
//
// Parameters and results are letters: p pointer, k pointer to what leaks to the heap, a pointer to pointers to what leaks,
// i int, u uintptr, b bool, s string, e interface{}, j interface with methods, r rune, w uint32, q uint64, l int64,
// f float64, g float32, c complex128, d complex64, y []byte (for any slice). A parameter in capitals leaks itself; all
// others do not. Flags: ! never returns.

const table = `
gopanic(E) !
panicdivide() !
panicshift() !
panicwrap() !
panicdottypeE(ppp) !
panicdottypeI(ppp) !
panicnildottype(p) !
panicmakeslicelen() !
panicmakeslicecap() !
panicunsafeslicelen() !
panicunsafeslicenilptr() !
panicunsafestringlen() !
panicunsafestringnilptr() !
panicrangestate(i) !
block() !
gorecover() e
deferrangefunc() e
deferprocat(Pe)
typeAssert(pp) p
interfaceSwitch(pp) ip
ifaceeq(ppp) b
efaceeq(ppp) b
memequal(ppu) b
memhash(puu) u
strhash(pu) u
interhash(pu) u
nilinterhash(pu) u
f32hash(pu) u
f64hash(pu) u
c64hash(pu) u
c128hash(pu) u
cmpstring(ss) i
memmove(ppu)
typedmemmove(ppk)
typedslicecopy(ppiki) i
memclrNoHeapPointers(pu)
memclrHasPointers(pu)
mapclear(pp)
decoderune(si) ri
countrunes(s) i
slicebytetostring(ppi) s
mapaccess1(ppp) p
mapaccess1_fast32(ppw) p
mapaccess1_fast64(ppq) p
mapaccess1_faststr(pps) p
mapaccess1_fat(pppp) p
mapaccess2(ppp) pb
mapaccess2_fast32(ppw) pb
mapaccess2_fast64(ppq) pb
mapaccess2_faststr(pps) pb
mapaccess2_fat(pppp) pb
mapassign(ppk) p
mapassign_fast32(ppw) p
mapassign_fast32ptr(ppP) p
mapassign_fast64(ppq) p
mapassign_fast64ptr(ppP) p
mapassign_faststr(ppS) p
mapdelete(ppp)
mapdelete_fast32(ppw)
mapdelete_fast64(ppq)
mapdelete_faststr(pps)
mapIterStart(ppp)
mapIterNext(p)
makechan(pi) p
chanrecv1(pp)
chanrecv2(pp) b
chansend1(pk)
closechan(p)
chanlen(p) i
chancap(p) i
selectnbsend(pk) b
selectnbrecv(pp) bb
selectgo(appiib) ib
complex128div(cc) c
printlock()
printunlock()
printbool(b)
printfloat64(f)
printfloat32(g)
printint(l)
printhex(q)
printuint(q)
printcomplex128(c)
printcomplex64(d)
printstring(s)
printquoted(s)
printpointer(p)
printuintptr(u)
printiface(j)
printeface(e)
printslice(y)
printnl()
printsp()
makeslice64(pll) p
makeslicecopy(piip) p
growslice(piiip) y
throw(s) !
`;

interface Row {
  readonly name: string;
  readonly params: string;
  readonly results: string;
  readonly noreturn: boolean;
}

const rows = new Map<string, Row>();
for (const line of table.trim().split("\n")) {
  const m = /^(\w+)\((\w*)\)(?: ([a-z]+))?( !)?$/.exec(line)!;
  rows.set(m[1]!, { name: m[1]!, params: m[2]!, results: m[3] ?? "", noreturn: m[4] !== undefined });
}

/** The FuncRefs of runtime functions, made when first asked for. */
export class RuntimeFns {
  private readonly refs = new Map<string, FuncRef>();

  constructor(
    private readonly types: STypes,
    private readonly eface: SType,
    private readonly iface: SType,
  ) {}

  /** A function of the table above by its bare name. */
  get(name: string): FuncRef {
    let f = this.refs.get(name);
    if (f === undefined) {
      const row = rows.get(name);
      if (row === undefined) throw new Error(`runtime.${name} is not in the table`);
      const params = [...row.params].map((c) => this.type(c.toLowerCase()));
      const results = [...row.results].map((c) => this.type(c));
      f = new FuncRef(`runtime.${name}`, { params, results }, Abi.ABIInternal, FuncFlag.Noinline, row.noreturn, "");
      f.escape = summary(row);
      this.refs.set(name, f);
    }
    return f;
  }

  private type(c: string): SType {
    const t = this.types;
    switch (c) {
      case "p":
      case "k":
      case "a":
        return t.unsafePtr;
      case "i":
        return t.int;
      case "u":
        return t.uintptr;
      case "b":
        return t.bool;
      case "s":
        return t.string;
      case "e":
        return this.eface;
      case "j":
        return this.iface;
      case "w":
        return t.uint32;
      case "q":
        return t.uint64;
      case "l":
        return t.int64;
      case "f":
        return t.float64;
      case "g":
        return t.float32;
      case "c":
        return t.complex128;
      case "d":
        return t.complex64;
      case "y":
        return t.sliceOf(t.uint8);
      case "r":
        return t.int32;
    }
    throw new Error(`no type ${c}`);
  }
}

function summary(row: Row): EscapeSummary {
  const heap = [...row.params].map((c) => (c !== c.toLowerCase() ? 0 : c === "k" ? 1 : c === "a" ? 2 : -1));
  return { heap, results: heap.map(() => [...row.results].map(() => -1)) };
}

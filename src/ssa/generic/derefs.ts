import { Dominators, type Func, Local, LocalKind, Op, type SType, Value } from "../core/index.ts";
import type { Context } from "../context.ts";
import { disjoint, placeOf } from "./alias.ts";
import { type Auto, variables } from "./autos.ts";

/**
 * Turns stores of Derefs (values too large for SSA) into moves of memory. A Deref means the contents at the time of its
 * memory argument: where what it reads may have changed by the time of the store, it is copied to a temporary first.
 */
export function lowerDerefs(f: Func, cx: Context): void {
  let dom: Dominators | null = null;
  let autos: Map<Local, Auto> | null = null;
  let temps = 0;
  for (const b of f.blocks) {
    for (const v of [...b.values]) {
      if (v.op !== Op.Store) continue;
      let d = v.args[1]!;
      while (d.op === Op.Copy || d.op === Op.Bitcast) {
        if (d.op === Op.Bitcast && d.type.canSSA) break;
        d = d.args[0]!;
      }
      if (d.op !== Op.Deref) continue;
      const type = v.aux as SType;
      let src = d.args[0]!;
      if (!unchanged(src, type.size, d.memArg, v.memArg)) {
        dom ??= new Dominators(f);
        autos ??= variables(f);
        if (!settled(d, autos, dom)) src = copyToTemp(f, cx, d, type, dom, temps++);
      }
      const [dst, , mem] = v.args as [Value, Value, Value];
      if (type.size === 0) {
        v.copyOf(mem);
        continue;
      }
      v.resetArgs();
      v.op = Op.Move;
      v.auxInt = type.size;
      v.addArg(dst);
      v.addArg(src);
      v.addArg(mem);
    }
  }
}

/** Whether the region that ptr points to is the same at both memory states, the second being later. */
function unchanged(ptr: Value, size: number, from: Value, to: Value): boolean {
  const place = placeOf(ptr);
  // Closure objects do not change.
  if (place.base instanceof Value && place.base.op === Op.ClosurePtr) return true;
  while (from.op === Op.Copy) from = from.args[0]!;
  let m = to;
  for (let steps = 0; steps < 50; steps++) {
    while (m.op === Op.Copy) m = m.args[0]!;
    if (m === from) return true;
    switch (m.op) {
      case Op.Store:
      case Op.Move:
      case Op.Zero: {
        const n = m.op === Op.Store ? (m.aux as SType).size : m.auxInt;
        if (!disjoint(place, size, placeOf(m.args[0]!), n)) return false;
        m = m.memArg;
        continue;
      }
      case Op.VarDef:
        if (place.base === m.aux) return false;
        m = m.memArg;
        continue;
      case Op.VarLive:
      case Op.KeepAlive:
        m = m.memArg;
        continue;
    }
    return false;
  }
  return false;
}

/**
 * Whether a Deref reads a variable that only one block writes, before it: when that block comes round again, so does the
 * Deref before its users do.
 */
function settled(d: Value, autos: ReadonlyMap<Local, Auto>, dom: Dominators): boolean {
  const place = placeOf(d.args[0]!);
  if (place.kind !== "local") return false;
  const a = autos.get(place.base as Local);
  if (a === undefined || a.leaked || a.writes.length === 0) return false;
  const b = a.writes[0]!.block;
  for (const w of a.writes) if (w.block !== b) return false;
  for (const w of a.defs) if (w.block !== b) return false;
  if (d.block !== b) return dom.dominates(b, d.block);
  const at = b.values.indexOf(d);
  for (const w of a.writes) if (b.values.indexOf(w) > at) return false;
  return true;
}

/** Copies what a Deref reads to a stack variable where the Deref stands; gives the variable's address. */
function copyToTemp(f: Func, cx: Context, d: Value, type: SType, dom: Dominators, n: number): Value {
  const t = cx.types;
  const local = new Local(`.copy${n}`, type, LocalKind.Auto, f.autos.length, d.pos);
  local.addressed = true;
  f.autos.push(local);
  const b = d.block;
  const old = d.memArg;
  const def = new Value(f.nextValueId++, Op.VarDef, t.mem, 0, 0, local, [old], b, d.pos);
  const addr = new Value(f.nextValueId++, Op.LocalAddr, t.pointerTo(type), 0, 0, local, [def], b, d.pos);
  const move = new Value(f.nextValueId++, Op.Move, t.mem, type.size, 0, type, [addr, d.args[0]!, def], b, d.pos);
  def.inl = addr.inl = move.inl = d.inl;
  // Everything later takes the memory after the copy.
  const at = b.values.indexOf(d) + 1;
  const rename = (v: Value): void => {
    for (let i = 0; i < v.args.length; i++) if (v.args[i] === old) v.setArg(i, move);
  };
  for (let i = at; i < b.values.length; i++) rename(b.values[i]!);
  b.values.splice(at, 0, def, addr, move);
  for (const c of dom.order) {
    if (c !== b && dom.dominates(b, c)) for (const v of c.values) if (v.op !== Op.Phi) rename(v);
    for (const v of c.values) {
      if (v.op !== Op.Phi) continue;
      for (let i = 0; i < v.args.length; i++) {
        if (v.args[i] === old && dom.dominates(b, c.preds[i]!.b)) v.setArg(i, move);
      }
    }
    if (c.control === old && dom.dominates(b, c)) c.setControl(move);
  }
  return addr;
}

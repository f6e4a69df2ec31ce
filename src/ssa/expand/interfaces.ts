// Concrete values become interface values (cmd/compile/internal/walk/convert.go: dataWord).
import { type ConvSite, Kind, Op, type StaticData, type SType, type Value } from "../core/index.ts";
import { newObject, zeroBase } from "./alloc.ts";
import type { Expander } from "./expand.ts";

/** Values up to this size that do not escape are boxed on the stack. */
const maxStackBox = 1024;

export function expandMakeIface(x: Expander, v: Value): true {
  const site = v.aux as ConvSite;
  const t = x.cx.types;
  const iface = v.type.members[0]!;
  const [value, mem] = v.args as [Value, Value];
  const from = site.from;
  const tab =
    iface.kind === Kind.Eface ? x.typeAddr(from) : x.valAux(Op.ItabAddr, t.unsafePtr, 0, { concrete: from, iface });
  const [data, m] = dataWord(x, site, value, mem);
  return x.replaceTuple(v, [x.val(Op.IfaceMake, iface, tab, data), m]);
}

function dataWord(x: Expander, site: ConvSite, value: Value, mem: Value): [Value, Value] {
  const t = x.cx.types;
  const from = site.from;
  if (from.isDirectIface) return [directWord(x, from, value), mem];
  if (from.size === 0) return [zeroBase(x, t.unsafePtr), mem];
  const box = constantBox(x, from, value);
  if (box !== null) return [box, mem];
  if (from.size === 1 && (from.kind === Kind.Bool || from.isInteger)) {
    const byte = x.val(Op.Bitcast, t.uint8, value);
    const table = x.valAux(Op.Addr, t.pointerTo(t.uint64), 0, x.cx.symRef({ kind: "runtime", name: "staticuint64s" }));
    const p = x.val(Op.PtrIndex, t.pointerTo(t.uint64), table, x.val(Op.Convert, t.int, byte));
    return [x.val(Op.Bitcast, t.unsafePtr, p), mem];
  }
  if (!site.escapes && from.size <= maxStackBox) {
    const d = x.spill(".box", from, value, mem);
    return [x.val(Op.Bitcast, t.unsafePtr, d.addr), d.mem];
  }
  const conv = (name: string, type: SType, arg: Value): [Value, Value] =>
    x.call(name, [type], [t.unsafePtr], [arg], mem) as [Value, Value];
  if (from.isInteger && from.size === 2) return conv("convT16", t.uint16, x.val(Op.Bitcast, t.uint16, value));
  if ((from.isInteger || from.kind === Kind.Float32) && from.size === 4) {
    return conv("convT32", t.uint32, x.val(Op.Bitcast, t.uint32, value));
  }
  if ((from.isInteger || from.kind === Kind.Float64) && from.size === 8) {
    return conv("convT64", t.uint64, x.val(Op.Bitcast, t.uint64, value));
  }
  if (from.kind === Kind.String) return conv("convTstring", t.string, x.val(Op.Bitcast, t.string, value));
  if (from.kind === Kind.Slice) {
    const bytes = t.sliceOf(t.uint8);
    return conv("convTslice", bytes, x.val(Op.Bitcast, bytes, value));
  }
  if (from.canSSA && !from.hasPointers) {
    // Small and pointer-free: made in place instead of being copied from a variable.
    const [p, m] = newObject(x, from, t.pointerTo(from), mem);
    return [x.val(Op.Bitcast, t.unsafePtr, p), x.store(from, p, value, m)];
  }
  let addr: Value;
  let m = mem;
  if (value.op === Op.Deref && value.memArg === mem) {
    addr = value.args[0]!;
  } else {
    const d = x.spill(".box", from, value, mem);
    addr = d.addr;
    m = d.mem;
  }
  return x.call(
    from.hasPointers ? "convT" : "convTnoptr",
    [t.unsafePtr, t.unsafePtr],
    [t.unsafePtr],
    [x.typeAddr(from), x.val(Op.Bitcast, t.unsafePtr, addr)],
    m,
  ) as [Value, Value];
}

/** The pointer inside a type of one pointer, however wrapped in structs and arrays. */
function directWord(x: Expander, from: SType, value: Value): Value {
  const t = x.cx.types;
  // The pointer is all there is of the value, so it is at its address.
  if (value.op === Op.Deref) {
    const at = x.val(Op.Bitcast, t.pointerTo(t.unsafePtr), value.args[0]!);
    return x.val(Op.Load, t.unsafePtr, at, value.args[1]!);
  }
  let v = value;
  let type = from;
  for (;;) {
    if (type.kind === Kind.Struct) {
      const i = type.fields.findIndex((f) => f.type.size > 0);
      type = type.fields[i]!.type;
      v = x.valAux(Op.StructSelect, type, i, null, v);
    } else if (type.kind === Kind.Array) {
      type = type.elem!;
      v = x.val(Op.ArraySelect1, type, v);
    } else {
      return type === t.unsafePtr ? v : x.val(Op.Bitcast, t.unsafePtr, v);
    }
  }
}

/** The address of a read-only copy of a constant; null if the value is none. */
function constantBox(x: Expander, from: SType, value: Value): Value | null {
  let fill: ((d: StaticData) => void) | null = null;
  switch (value.op) {
    case Op.ConstInt:
      if (from.size === 1) return null;
      fill = (d) => {
        for (let i = 0; i < from.size; i++)
          d.bytes[i] = (i < 4 ? value.auxInt >>> (8 * i) : value.auxHi >>> (8 * (i - 4))) & 255;
      };
      break;
    case Op.ConstFloat:
      fill = (d) => {
        const view = new DataView(d.bytes.buffer, d.bytes.byteOffset, d.bytes.length);
        if (from.size === 4) view.setFloat32(0, value.auxInt, true);
        else view.setFloat64(0, value.auxInt, true);
      };
      break;
    case Op.ConstString: {
      const bytes = value.aux as string;
      fill = (d) => {
        if (bytes.length > 0) d.pointers.push({ offset: 0, target: { kind: "string", bytes }, addend: 0 });
        for (let i = 0; i < 4; i++) d.bytes[8 + i] = (bytes.length >>> (8 * i)) & 255;
      };
      break;
    }
  }
  if (fill === null) return null;
  const global = x.cx.compilation.readonlyData(from, fill);
  return x.valAux(Op.Addr, x.cx.types.unsafePtr, 0, global);
}

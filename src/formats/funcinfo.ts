import { ByteWriter } from "#base";

/** A call inlined into a function, as FuncInfo lists it. */
export interface InlTreeNode {
  /** Index of the node this one is inlined into, -1 for the function itself. */
  readonly parent: number;
  /** Index in the object's file table. */
  readonly file: number;
  readonly line: number;
  /** Reference to the inlined function. */
  readonly pkg: number;
  readonly sym: number;
  /** Offset of an instruction in the parent that stands for the call. */
  readonly parentPC: number;
}

/** The contents of a function's FuncInfo symbol (cmd/internal/goobj/funcinfo.go). */
export interface FuncInfoData {
  /** Bytes of arguments; ArgsSizeUnknown if it is. */
  readonly args: number;
  readonly locals: number;
  readonly funcID: number;
  readonly funcFlag: number;
  readonly startLine: number;
  /** Indices in the object's file table, increasing. */
  readonly files: readonly number[];
  readonly inlTree: readonly InlTreeNode[];
}

/** Bytes of one inlining node. */
export const inlTreeNodeSize = 24;

/** Byte offsets inside FuncInfo data, for readers that make no objects. */
export const funcInfoFilesOff = 16;

export function writeFuncInfo(f: FuncInfoData): Uint8Array {
  const w = new ByteWriter(24 + 4 * f.files.length + inlTreeNodeSize * f.inlTree.length);
  w.u32(f.args >>> 0);
  w.u32(f.locals >>> 0);
  w.u8(f.funcID);
  w.u8(f.funcFlag);
  w.u16(0);
  w.u32(f.startLine >>> 0);
  w.u32(f.files.length);
  for (const i of f.files) w.u32(i);
  w.u32(f.inlTree.length);
  for (const n of f.inlTree) {
    w.u32(n.parent >>> 0);
    w.u32(n.file);
    w.u32(n.line >>> 0);
    w.u32(n.pkg);
    w.u32(n.sym);
    w.u32(n.parentPC >>> 0);
  }
  return w.toBytes();
}

/** Throws RangeError when the data is too short. */
export function readFuncInfo(data: Uint8Array): FuncInfoData {
  const v = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const nfile = v.getUint32(16, true);
  const files: number[] = [];
  for (let i = 0; i < nfile; i++) files.push(v.getUint32(20 + 4 * i, true));
  let p = 20 + 4 * nfile;
  const ninl = v.getUint32(p, true);
  p += 4;
  const inlTree: InlTreeNode[] = [];
  for (let i = 0; i < ninl; i++, p += inlTreeNodeSize) {
    inlTree.push({
      parent: v.getInt32(p, true),
      file: v.getUint32(p + 4, true),
      line: v.getInt32(p + 8, true),
      pkg: v.getUint32(p + 12, true),
      sym: v.getUint32(p + 16, true),
      parentPC: v.getInt32(p + 20, true),
    });
  }
  return {
    args: v.getUint32(0, true),
    locals: v.getUint32(4, true),
    funcID: data[8]!,
    funcFlag: data[9]!,
    startLine: v.getInt32(12, true),
    files,
    inlTree,
  };
}

import type { BlockStmt } from "#syntax";
import type { Var } from "#types";
import { DebugHome, DebugTable, DebugValues, DebugVar, type Local, LocalKind, type SType } from "../core/index.ts";
import type { DebugLog, DebugRows } from "./debuglog.ts";
import type { FuncBuilder, Storage } from "./funcbuilder.ts";
import { lexicalScopes } from "./scopes.ts";

/** The variables of a function and what is known of them. Names as gc gives them to debuggers. */
export function debugValues(b: FuncBuilder, log: DebugLog, body: BlockStmt, varCount: number): DebugValues {
  const vars: DebugVar[] = [];
  const locals: (Local | null)[] = [];
  const index = new Int32Array(varCount).fill(-1);
  const add = (v: Var, name: string, kind: LocalKind, s: Storage | undefined, type: SType, offset: number): void => {
    let home = DebugHome.None;
    let local: Local | null = null;
    if (s !== undefined) {
      if (s.local !== null) {
        home = DebugHome.Frame;
        local = s.local;
      } else if (v.name === "") {
        // Values that are returned without a name are in no variable until they are.
      } else if (s.ssa >= 0) {
        home = DebugHome.Value;
        index[s.ssa] = vars.length;
      } else {
        home = type === s.type ? DebugHome.Pointer : DebugHome.Value;
        index[s.ptr] = vars.length;
        local = b.pointerHomes.get(v) ?? null;
      }
    }
    vars.push(new DebugVar(name, type, b.clauses.get(v) ?? v.pos, kind, home, offset));
    locals.push(local);
  };
  const seen = new Set<Var>();
  const signature = (list: readonly Var[], kind: LocalKind, prefix: string, first: number): void => {
    list.forEach((v, i) => {
      seen.add(v);
      if (v.name.startsWith(".")) return;
      const type = b.stype(b.subst(v.type!));
      add(v, v.name === "" ? `~${prefix}${i - first}` : v.name, kind, b.vars.get(v), type, 0);
    });
  };
  // Names of unnamed parameters do not count the receiver.
  signature(b.params, LocalKind.Param, "p", b.sig !== null && b.params.length > b.sig.params.vars.length ? 1 : 0);
  signature(b.resultVars, LocalKind.Result, "r", 0);
  const params = vars.length;
  let at = 8;
  b.ctx.captures.forEach((v, i) => {
    const t = b.f.captures[i]!;
    at = Math.ceil(at / t.align) * t.align;
    if (!isHidden(v)) {
      if (b.capturedByRef(v)) add(v, `&${v.name}`, LocalKind.Auto, b.vars.get(v), t, at);
      else add(v, v.name, LocalKind.Auto, b.vars.get(v), t, at);
    }
    seen.add(v);
    at += t.size;
  });
  for (const [v, s] of b.vars) if (!seen.has(v) && !isHidden(v)) add(v, v.name, LocalKind.Auto, s, s.type, 0);
  const declared = vars.slice(params).map((v) => v.pos as number);
  declared.sort((x, y) => x - y);
  const rows: DebugRows | null = vars.length === 0 ? null : log.solve(b.f, index, vars.length);
  return new DebugValues(
    new DebugTable(
      vars,
      rows?.rows ?? new Map(),
      rows?.cells ?? new Int32Array(0),
      lexicalScopes(body, declared),
      b.program.variablesInMemory,
      b.f.startPos,
    ),
    rows?.values ?? [],
    locals,
  );
}

/** Made by the compiler. */
function isHidden(v: Var): boolean {
  const c = v.name.charCodeAt(0);
  return v.name === "" || v.name === "_" || c === 0x2e || c === 0x23;
}

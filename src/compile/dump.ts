import type { PosTable } from "#base";
import { type Func, funcString } from "#ssa";

/** What -dump asks for: a stage, and of which functions and after which passes. */
interface Request {
  readonly stage: string;
  /** "" for all. */
  readonly func: string;
  readonly pass: string;
}

/**
 * Dumps of SSA: `-dump=ssa` everything, `-dump=ssa:main.f` one function after each pass, `-dump=ssa:main.f:lower` after one
 * pass. Passes are named in src/ssa/passes.ts; `build` is what the tree became, `go` is after inlining and escape analysis.
 * `-dump=escape[:func]`: where parameters go.
 */
export class Dumps {
  private readonly requests: readonly Request[];

  constructor(
    flags: readonly string[],
    private readonly print: (text: string) => void,
    private readonly positions: PosTable,
  ) {
    this.requests = flags.map((f) => {
      const [stage, ...rest] = f.split(":");
      // Link names contain no colon but type:.eq.T and its like.
      const pass = rest.length > 1 ? rest.pop()! : "";
      return { stage: stage!, func: rest.join(":"), pass };
    });
  }

  get active(): boolean {
    return this.requests.length > 0;
  }

  /** Where each parameter of f goes: to the heap after so many dereferences, to which results. */
  escapes(f: Func): void {
    const e = f.ref.escape;
    if (e === null || !this.requests.some((r) => r.stage === "escape" && (r.func === "" || r.func === f.name))) return;
    f.params.forEach((p, i) => {
      const flows = e.results[i]!.flatMap((d, r) => (d < 0 ? [] : [`result ${r} level=${d}`]));
      if (e.heap[i]! >= 0) flows.unshift(`heap level=${e.heap[i]}`);
      this.print(
        `${f.name}: ${p.name}${p.type.hasPointers ? "" : " (no pointers)"}: ${flows.join(", ") || "does not escape"}\n`,
      );
    });
  }

  /** Shows f after a pass, if asked for. */
  ssa(f: Func, pass: string): void {
    for (const r of this.requests) {
      if (r.stage === "ssa" && (r.func === "" || r.func === f.name) && (r.pass === "" || r.pass === pass)) {
        this.print(`# after ${pass}\n${funcString(f, this.positions)}\n`);
        return;
      }
    }
  }
}

// The numbers of types declared in functions: gc tells them apart by one counter for the package, in the order of the
// source (the `·N` in their symbols' names). cmd/compile/internal/noder/writer.go, declCollector.
import { Kind, type Node, parseBody, type TypeDecl, walk } from "#syntax";
import type { Checker } from "./checker.ts";

/** Numbers all local types of the package; bodies that were not parsed yet are parsed for it. */
export function numberLocalTypes(c: Checker): Map<TypeDecl, number> {
  const numbers = new Map<TypeDecl, number>();
  const visit = (n: Node): void => {
    walk(n, (m) => {
      if (m.kind === Kind.TypeDecl && !m.alias) numbers.set(m, numbers.size + 1);
      return true;
    });
  };
  for (const f of c.files) {
    for (const d of f.syntax.declList) {
      if (d.kind === Kind.FuncDecl) {
        const body = d.body ?? parseBody(f.syntax, d, c.options.diagnostics, { std: true, compilingRuntime: true });
        if (body !== null) visit(body);
      } else if (d.kind === Kind.VarDecl && d.values !== null) visit(d.values);
    }
  }
  return numbers;
}

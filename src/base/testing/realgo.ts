// The real Go toolchain, with which tests compare.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const goroot = process.env["GOROOT"] ?? "/usr/local/go";
export const realGo = join(goroot, "bin/go");
/** Tests that compare with the real Go are skipped, with this reason, where there is none. */
export const withoutGo = existsSync(realGo) ? false : "needs the real Go toolchain for comparison";

/** The simplest program that has all of a boot. */
export const helloSource = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello world") }\n';

/** A program that gc built of one file, static and without cgo; kept between runs, and shared by tests. Its path. */
export function goProgram(name: string, source: string, flags: readonly string[] = []): string {
  const key = createHash("sha256")
    .update(JSON.stringify([source, flags, goroot]))
    .digest("hex")
    .slice(0, 12);
  const dir = join(tmpdir(), "rt0-go-programs", key);
  const out = join(dir, name);
  if (existsSync(out)) return out;
  mkdirSync(dir, { recursive: true });
  const src = join(dir, `${name}.go`);
  writeFileSync(src, source);
  // Under a name of its own, for another test may be making the same one.
  const own = `${out}.${process.pid}`;
  execFileSync(realGo, ["build", "-p", "1", ...flags, "-o", own, src], {
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GO111MODULE: "off", GOAMD64: "v1" },
  });
  renameSync(own, out);
  return out;
}

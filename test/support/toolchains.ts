// The two toolchains side by side: rt0 as a user has it, and Go's as the measure.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The repository. */
export const root = process.env["RT0_ROOT"] ?? process.cwd();

/** Go's source tree, with the real toolchain for comparison. */
export const goroot = process.env["GOROOT"] ?? "/usr/local/go";
export const realGo = join(goroot, "bin/go");
/** Tests that compare with the real Go are skipped, with this reason, where there is none. */
export const withoutGo = existsSync(realGo) ? false : "needs the real Go toolchain for comparison";

/** What a program did. */
export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Seconds. */
  readonly timeout?: number;
}

export function run(program: string, o: RunOptions = {}): Outcome {
  const r = spawnSync(program, o.args ?? [], {
    cwd: o.cwd ?? root,
    env: { ...process.env, ...o.env },
    input: o.stdin ?? "",
    timeout: (o.timeout ?? 120) * 1000,
    killSignal: "SIGKILL",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status: r.status, signal: r.signal, stdout: r.stdout ?? "", stderr: r.stderr ?? "" };
}

/** Runs rt0 from the repository; only Go's sources are to be found. */
export function rt0(args: readonly string[], o: RunOptions = {}): Outcome {
  return run(join(root, "rt0"), { ...o, args, env: { GOROOT: sourcesOnly(), PATH: pathWithoutGo(), ...o.env } });
}

/** PATH without any directory that holds a go command. */
function pathWithoutGo(): string {
  return (process.env["PATH"] ?? "")
    .split(":")
    .filter((d) => !existsSync(join(d, "go")))
    .join(":");
}

let sources: string | undefined;

/** A GOROOT that holds src, lib, VERSION and go.env of the real one, and neither bin nor pkg. */
export function sourcesOnly(): string {
  if (sources === undefined) {
    sources = mkdtempSync(join(tmpdir(), "rt0-goroot-"));
    for (const name of ["src", "lib", "VERSION", "go.env", "test"]) {
      if (existsSync(join(goroot, name))) execFileSync("ln", ["-s", join(goroot, name), join(sources, name)]);
    }
    // The assembler's headers are sources, although they lie in pkg.
    execFileSync("mkdir", ["-p", join(sources, "pkg")]);
    execFileSync("ln", ["-s", join(goroot, "pkg/include"), join(sources, "pkg/include")]);
    const made = sources;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return sources;
}

export function goBuild(out: string, pkg: string, cwd = root): void {
  execFileSync(realGo, ["build", "-o", out, pkg], {
    cwd,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local", GOROOT: goroot },
    stdio: "pipe",
  });
}

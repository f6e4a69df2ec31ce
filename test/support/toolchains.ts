// The two toolchains side by side: rt0 as a user has it, and Go's as the measure.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goroot, realGo, withoutGo } from "../../src/base/testing/realgo.ts";

/** The repository. */
export const root = process.env["RT0_ROOT"] ?? process.cwd();

export { goroot, realGo, withoutGo };

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
export function pathWithoutGo(): string {
  return (process.env["PATH"] ?? "")
    .split(":")
    .filter((d) => !existsSync(join(d, "go")))
    .join(":");
}

let sources: string | undefined;

/**
 * A GOROOT that holds src, lib, VERSION and go.env of the real one, and neither bin nor pkg. It stays, and has the same name
 * for all tests of a user: objects hold the names of their sources, so tests can share what they have built.
 */
export function sourcesOnly(): string {
  if (sources === undefined) {
    const id = createHash("sha256").update(`${goroot} ${process.getuid?.()}`).digest("hex").slice(0, 8);
    sources = join(tmpdir(), `rt0-goroot-${id}`);
    mkdirSync(sources, { recursive: true });
    for (const name of ["src", "lib", "VERSION", "go.env", "test"]) {
      const link = join(sources, name);
      if (existsSync(link) || !existsSync(join(goroot, name))) continue;
      try {
        symlinkSync(join(goroot, name), link);
      } catch (e) {
        // Another test has been faster.
        if ((e as NodeJS.ErrnoException).code !== "EEXIST") throw e;
      }
    }
  }
  return sources;
}

export function goBuild(out: string, pkg: string, flags: readonly string[] = [], cwd: string = root): void {
  execFileSync(realGo, ["build", ...flags, "-o", out, pkg], {
    cwd,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local", GOROOT: goroot },
    stdio: "pipe",
  });
}

// Both linkers on the same input.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installSha256 } from "../../base/index.ts";
import { linkMain } from "../index.ts";
import { NodeHost } from "./nodehost.ts";
import { bytesOf, goroot, linkReal, type Program, realLink } from "./programs.ts";

installSha256((b) => new Uint8Array(createHash("sha256").update(b).digest()));

export const host = new NodeHost({ GOROOT: goroot });

export function linkOurs(
  p: Program,
  out: string,
  flags: readonly string[],
): { status: number; stderr: string; stdout: string } {
  const r = linkMain(host, ["-o", out, "-importcfg", p.importcfg, ...flags, p.main]);
  return { status: r.status, stderr: String(r.stderr), stdout: String(r.stdout) };
}

/** Links with both linkers (to got.out and want.out) and compares the files. */
export function sameOutput(p: Program, flags: readonly string[]): boolean {
  const want = join(p.dir, "want.out");
  const got = join(p.dir, "got.out");
  const real = linkReal(p, want, flags);
  assert.equal(real.status, 0, real.stderr);
  const ours = linkOurs(p, got, flags);
  assert.equal(ours.status, 0, ours.stderr);
  return Buffer.compare(bytesOf(want), bytesOf(got)) === 0;
}

/** Both refuse, with the same status and words (the path of the real one's command cut off); no output is left. */
export function bothFail(p: Program, flags: readonly string[] = []): void {
  const got = join(p.dir, "bad.out");
  rmSync(got, { force: true });
  const real = linkReal(p, join(p.dir, "bad-want.out"), flags);
  const ours = linkOurs(p, got, flags);
  assert.notEqual(real.status, 0);
  assert.equal(ours.status, real.status, ours.stderr);
  assert.equal(ours.stderr, real.stderr.replaceAll(realLink, "link"));
  assert.ok(!existsSync(got), "no output after an error");
}

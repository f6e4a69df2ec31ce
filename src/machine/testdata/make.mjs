// node src/machine/testdata/make.mjs: makes the *.br files beside it: hello world (println, with its debug information) built by
// older Go toolchains, which come as the module golang.org/toolchain through the module proxy. Brotli-compressed
// (which does better on debug information that is not compressed already).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const versions = ["1.15.15", "1.17.13", "1.23.4"];
const source = 'package main\n\nfunc main() {\n\tprintln("hello from an older Go")\n}\n';
const go = join(process.env.GOROOT ?? "/usr/local/go", "bin/go");
const dir = mkdtempSync(join(tmpdir(), "older-go-"));
writeFileSync(join(dir, "hello.go"), source);
for (const v of versions) {
  const at = `golang.org/toolchain@v0.0.1-go${v}.linux-amd64`;
  const { Dir: goroot } = JSON.parse(execFileSync(go, ["mod", "download", "-json", at], { cwd: dir, encoding: "utf8" }));
  execFileSync("chmod", ["-R", "+x", join(goroot, "bin"), join(goroot, "pkg/tool")]);
  const out = join(dir, `hello-${v}`);
  execFileSync(join(goroot, "bin/go"), ["build", "-trimpath", "-ldflags=-compressdwarf=false", "-o", out, "hello.go"], {
    cwd: dir,
    env: { ...process.env, GOROOT: goroot, GOTOOLCHAIN: "local", GOFLAGS: "", GOENV: "off", GO111MODULE: "off", CGO_ENABLED: "0", GOCACHE: join(dir, `cache-${v}`) },
    stdio: "inherit",
  });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const small = brotliCompressSync(readFileSync(out), { params });
  writeFileSync(join(import.meta.dirname, `hello-go${v}.br`), small);
  console.log(`go${v}: ${readFileSync(out).length} bytes, ${small.length} compressed`);
}

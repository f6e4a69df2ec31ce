// Finding the Go source tree. rt0 reads it and runs nothing in it.
import { decodeUtf8 } from "#base";
import type { Host } from "#host";
import { CommandError } from "./exec.ts";
import { join } from "./paths.ts";

/** The release whose sources rt0 compiles. */
const supported = "go1.26";

export interface GoRoot {
  readonly dir: string;
  /** "go1.26.8" */
  readonly version: string;
  /** 26 */
  readonly minor: number;
}

function isGoRoot(host: Host, dir: string): boolean {
  return host.stat(join(dir, "VERSION"))?.isFile === true && host.stat(join(dir, "src/runtime"))?.isDirectory === true;
}

function readVersion(host: Host, dir: string): string {
  return decodeUtf8(host.readFile(join(dir, "VERSION")))
    .split("\n")[0]!
    .trim();
}

/** Directories in which Go is commonly installed. */
function usualPlaces(host: Host): string[] {
  const home = host.env("HOME") ?? "";
  const places = [
    "/usr/local/go",
    "/usr/lib/go-1.26",
    "/usr/lib/go",
    "/usr/local/lib/go",
    "/opt/go",
    "/opt/homebrew/opt/go/libexec",
    "/usr/local/opt/go/libexec",
  ];
  if (home !== "") {
    places.push(join(home, "go-sdk"), join(home, ".local/go"));
    try {
      const sdks = host.readDir(join(home, "sdk")).filter((e) => e.name.startsWith(supported));
      for (const e of sdks.reverse()) places.push(join(home, "sdk", e.name));
    } catch {
      // No such directory.
    }
  }
  return places;
}

/** The tree named by the -goroot flag ("" for none) or $GOROOT, else the first of the usual places with Go 1.26. */
export function findGoRoot(host: Host, flag: string): GoRoot {
  const named = flag !== "" ? flag : (host.env("GOROOT") ?? "");
  let other = "";
  const places = named !== "" ? [named] : usualPlaces(host);
  for (const place of places) {
    if (!isGoRoot(host, place)) continue;
    const version = readVersion(host, place);
    const m = /^go1\.(\d+)(?:\.\d+|rc\d+|beta\d+)?$/.exec(version);
    if (m !== null && version.startsWith(supported) && m[1] === "26") {
      // Paths in messages and objects are those of the place itself, as it was named.
      const dir = join(place.startsWith("/") ? place : join(host.cwd(), place));
      return { dir, version, minor: 26 };
    }
    if (other === "") other = `${place} holds ${version}`;
  }
  if (other !== "") throw new CommandError(`go: rt0 compiles ${supported}, but ${other}`, 2);
  if (named !== "") throw new CommandError(`go: cannot find GOROOT directory: ${named}`, 2);
  throw new CommandError(
    `go: no Go source tree found: set GOROOT to one of ${supported} (only VERSION, src, lib and go.env of it are read)`,
    2,
  );
}

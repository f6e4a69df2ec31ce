import { concatBytes, encodeUtf8 } from "#base";
import { type ArchiveEntry, archiveEntry, FormatError, isArchive, writeArchive } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { type Member, parseMembers } from "./goarchive.ts";
import { type Output, readInput, runTool, ToolExit, writeOutput } from "./tool.ts";

const usage = `Usage: pack op file.a [name....]
Where op is one of cprtx optionally followed by v for verbose output.
For compatibility with old Go build environments the op string grc is
accepted as a synonym for c.

For more information, run
	go doc cmd/pack
`;

const emptyArchive = writeArchive([]);

/** cmd/pack: makes, lists and takes apart archives. */
export function packMain(host: Host, argv: readonly string[]): ToolResult {
  return runTool("pack: ", (out) => {
    if (argv.length < 2) throw new ToolExit(2, `pack: not enough arguments\n\n${usage}`);
    new Pack(host, out, argv).run();
  });
}

class Pack {
  private op = "";
  private verbose = false;
  private readonly archive: string;
  /** Names still to be found. */
  private files: string[];

  constructor(
    private readonly host: Host,
    private readonly out: Output,
    argv: readonly string[],
  ) {
    const op = argv[0] === "grc" ? "c" : argv[0]!;
    for (const c of op) {
      if ("cprtx".includes(c) && this.op === "") this.op = c;
      else if (c === "v" && !this.verbose) this.verbose = true;
      else throw new ToolExit(2, usage);
    }
    this.archive = argv[1]!;
    this.files = argv.slice(2);
  }

  run(): void {
    switch (this.op) {
      case "c":
        this.write(emptyArchive, [...this.pkgdef(), ...this.members()]);
        break;
      case "r":
        this.write(this.existing(), this.members());
        break;
      case "t":
        this.each((e) => this.out.print(this.verbose ? `${longEntry(e)}\n` : `${e.name}\n`));
        break;
      case "p":
        this.each((e) => this.out.write(this.contents(e)));
        break;
      case "x":
        this.each((e) => writeOutput(this.host, e.name, this.contents(e), this.host.stat(e.name)?.mode ?? 0o444));
        break;
      default:
        throw new ToolExit(2, `pack: invalid operation "v"\n\n${usage}`);
    }
    if (this.files.length > 0) throw new ToolExit(1, `pack: file "${this.files[0]}" not in archive\n`);
  }

  private open(): Member[] {
    const members = parseMembers(this.archive, readInput(this.out, this.host, this.archive), this.verbose);
    for (const m of members) checkName(m.name);
    return members;
  }

  /** What r appends to: the archive as it is, an empty one if the file is empty or missing. */
  private existing(): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = readInput(this.out, this.host, this.archive);
    } catch (e) {
      if (e instanceof HostError && e.code === "ENOENT") return emptyArchive;
      throw e;
    }
    if (bytes.length === 0) return emptyArchive;
    // Go's tool would spoil a file that is no archive.
    if (!isArchive(bytes)) throw new FormatError(`${this.archive}: not an archive`);
    for (const m of parseMembers(this.archive, bytes, this.verbose)) checkName(m.name);
    return bytes;
  }

  private each(action: (e: Member) => void): void {
    const all = this.files.length === 0;
    for (const e of this.open()) {
      const i = this.files.indexOf(e.name);
      if (!all && i < 0) continue;
      if (!all) this.files.splice(i, 1);
      action(e);
    }
  }

  /** A member's contents. */
  private contents(e: Member): Uint8Array {
    if (this.verbose) this.out.print(`${e.name}\n`);
    if (e.data.length < e.size) throw new FormatError("short file");
    return e.data;
  }

  private write(before: Uint8Array, entries: readonly ArchiveEntry[]): void {
    const mode = this.host.stat(this.archive)?.mode ?? 0o666 & ~0o022;
    const added = writeArchive(entries).subarray(emptyArchive.length);
    writeOutput(this.host, this.archive, concatBytes([before, added]), mode);
  }

  /** The export side of the first compiler archive among the files. */
  private pkgdef(): ArchiveEntry[] {
    for (const file of this.files) {
      const parts = compilerArchive(file, readInput(this.out, this.host, file));
      const defs = parts?.filter((e) => e.kind === "pkgdef") ?? [];
      if (defs.length === 0) continue;
      return defs.map((d) => {
        if (this.verbose) this.out.print(`__.PKGDEF # ${file}\n`);
        return archiveEntry("__.PKGDEF", d.data);
      });
    }
    return [];
  }

  private members(): ArchiveEntry[] {
    if (this.files.length === 0) throw new ToolExit(2, usage);
    const out: ArchiveEntry[] = [];
    for (const file of this.files) {
      if (this.verbose) this.out.print(`${file}\n`);
      const bytes = readInput(this.out, this.host, file);
      const base = cutName(file.slice(file.lastIndexOf("/") + 1));
      const parts = compilerArchive(file, bytes);
      if (parts === undefined) out.push(archiveEntry(base, bytes, this.host.stat(file)?.mode ?? 0o644));
      else for (const e of parts) if (e.kind === "goobj") out.push(archiveEntry(base, e.data));
    }
    this.files = [];
    return out;
  }
}

/** The members of what the compiler wrote: an archive of export data, an object, or both. Undefined for any other file. */
function compilerArchive(name: string, bytes: Uint8Array): Member[] | undefined {
  let members: Member[];
  try {
    members = parseMembers(name, bytes, false);
  } catch (e) {
    if (e instanceof FormatError) return undefined;
    throw e;
  }
  const isDef = (m: Member): boolean => m.kind === "pkgdef";
  const isObject = (m: Member): boolean => m.kind === "goobj" && m.name === "_go_.o";
  const [a] = members;
  if (a === undefined || members.length > 2) return undefined;
  if (members.length === 1) return isDef(a) || isObject(a) ? members : undefined;
  return members.some(isDef) && members.some(isObject) ? members : undefined;
}

/** A name cut to 16 bytes between characters. */
function cutName(name: string): string {
  let s = name;
  while (encodeUtf8(s).length > 16) s = Array.from(s).slice(0, -1).join("");
  return s;
}

function checkName(name: string): void {
  if (name === "" || name.includes("/") || name === "." || name === "..") {
    throw new FormatError(`${JSON.stringify(name)}: invalid name`);
  }
}

/** The line of tv: mode, owner, size, time, name. */
function longEntry(e: Member): string {
  let mode = "-";
  for (let i = 8; i >= 0; i--) mode += (e.mode >> i) & 1 ? "rwx"[(8 - i) % 3] : "-";
  const d = new Date(e.mtime * 1000);
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = String(d.getUTCDate()).padStart(2);
  const time = `${months[d.getUTCMonth()]} ${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())} ${d.getUTCFullYear()}`;
  const owner = `${String(e.uid).padStart(6)}/${String(e.gid).padEnd(6)}`;
  return `${mode} ${owner} ${String(e.size).padStart(12)} ${time} ${e.name}`;
}

import { decodeUtf8, encodeUtf8 } from "#base";
import { type ArchiveEntry, archiveEntry, FormatError, isArchive, readArchive, writeArchive } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { isGoObject } from "./objfile.ts";
import { type Output, readInput, runTool, ToolExit } from "./tool.ts";

const usage = `Usage: pack op file.a [name....]
Where op is one of cprtx optionally followed by v for verbose output.
For compatibility with old Go build environments the op string grc is
accepted as a synonym for c.

For more information, run
	go doc cmd/pack
`;

/** cmd/pack: makes, lists and takes apart archives. The op p prints members as UTF-8 text. */
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
        this.write([...this.pkgdef(), ...this.members()]);
        break;
      case "r":
        this.write([...this.existing(), ...this.members()]);
        break;
      case "t":
        this.each((e) => this.out.print(this.verbose ? `${longEntry(e)}\n` : `${e.name}\n`));
        break;
      case "p":
        this.each((e) => {
          if (this.verbose) this.out.print(`${e.name}\n`);
          this.out.print(decodeUtf8(e.data));
        });
        break;
      case "x":
        this.each((e) => {
          if (this.verbose) this.out.print(`${e.name}\n`);
          this.host.writeFile(e.name, e.data, 0o444);
        });
        break;
      default:
        throw new ToolExit(2, `pack: invalid operation "v"\n\n${usage}`);
    }
    if (this.files.length > 0) throw new ToolExit(1, `pack: file "${this.files[0]}" not in archive\n`);
  }

  private open(): ArchiveEntry[] {
    const entries = readArchive(readInput(this.host, this.archive));
    for (const e of entries) checkName(e.name);
    return entries;
  }

  private existing(): ArchiveEntry[] {
    try {
      return this.open();
    } catch (e) {
      if (e instanceof FormatError || e instanceof HostError) return [];
      throw e;
    }
  }

  private each(action: (e: ArchiveEntry) => void): void {
    const all = this.files.length === 0;
    for (const e of this.open()) {
      const i = this.files.indexOf(e.name);
      if (!all && i < 0) continue;
      if (!all) this.files.splice(i, 1);
      action(e);
    }
  }

  private write(entries: readonly ArchiveEntry[]): void {
    this.host.writeFile(this.archive, writeArchive(entries), 0o666 & ~0o022);
  }

  /** The export side of the first compiler archive among the files. */
  private pkgdef(): ArchiveEntry[] {
    for (const file of this.files) {
      const parts = compilerArchive(readInput(this.host, file));
      const def = parts?.find((e) => e.name === "__.PKGDEF");
      if (def === undefined) continue;
      if (this.verbose) this.out.print(`__.PKGDEF # ${file}\n`);
      return [archiveEntry("__.PKGDEF", def.data)];
    }
    return [];
  }

  private members(): ArchiveEntry[] {
    if (this.files.length === 0) throw new ToolExit(2, usage);
    const out: ArchiveEntry[] = [];
    for (const file of this.files) {
      if (this.verbose) this.out.print(`${file}\n`);
      const bytes = readInput(this.host, file);
      const base = cutName(file.slice(file.lastIndexOf("/") + 1));
      const parts = compilerArchive(bytes);
      if (parts === undefined) out.push(archiveEntry(base, bytes, this.host.stat(file)?.mode ?? 0o644));
      else for (const e of parts) if (e.name === "_go_.o") out.push(archiveEntry(base, e.data));
    }
    this.files = [];
    return out;
  }
}

/** The members of what the compiler wrote; undefined for any other file. */
function compilerArchive(bytes: Uint8Array): ArchiveEntry[] | undefined {
  if (!isArchive(bytes)) return undefined;
  let entries: ArchiveEntry[];
  try {
    entries = readArchive(bytes);
  } catch (e) {
    if (e instanceof FormatError) return undefined;
    throw e;
  }
  const known = entries.every((e) => e.name === "__.PKGDEF" || (e.name === "_go_.o" && isGoObject(e.data)));
  return known && entries.length >= 1 && entries.length <= 2 ? entries : undefined;
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
function longEntry(e: ArchiveEntry): string {
  let mode = "-";
  for (let i = 8; i >= 0; i--) mode += (e.mode >> i) & 1 ? "rwx"[(8 - i) % 3] : "-";
  const d = new Date(e.mtime * 1000);
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = String(d.getUTCDate()).padStart(2);
  const time = `${months[d.getUTCMonth()]} ${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())} ${d.getUTCFullYear()}`;
  const owner = `${String(e.uid).padStart(6)}/${String(e.gid).padEnd(6)}`;
  return `${mode} ${owner} ${String(e.data.length).padStart(12)} ${time} ${e.name}`;
}

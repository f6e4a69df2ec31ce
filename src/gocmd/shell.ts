// What -x and -n print, and running commands through it. cmd/go/internal/work/shell.go.
import { encodeUtf8 } from "#base";
import { quoteString } from "#constant";
import type { ToolResult } from "#host";
import type { Exec, ToolName } from "./exec.ts";
import { dirname, shortPath } from "./paths.ts";

/** The words of a command line, quoted where a shell would otherwise read them differently. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((w) => {
      const q = quoteString(w);
      return w === "" || /[ ()>;]/.test(w) || q.length > w.length + 2 ? q : w;
    })
    .join(" ");
}

/** Replaces a path at the start of words and lines. */
function replacePrefix(text: string, from: string, to: string): string {
  let s = text
    .replaceAll(` ${from}`, () => ` ${to}`)
    .replaceAll(`\n${from}`, () => `\n${to}`)
    .replaceAll(`\n\t${from}`, () => `\n\t${to}`);
  if (s.startsWith(from)) s = to + s.slice(from.length);
  return s;
}

export class Shell {
  private scriptDir = "";

  constructor(
    private readonly exec: Exec,
    /** In the environment of every tool. */
    private readonly goroot: string,
    /** The work directory, shown as $WORK; ends without a slash. */
    readonly work: string,
    /** -x or -n: commands are printed. */
    readonly show: boolean,
    /** -n: and not run. */
    readonly dry: boolean,
    /** -toolexec: the words before every tool. */
    private readonly toolexec: readonly string[],
  ) {}

  print(text: string): void {
    this.exec.err(text);
  }

  private format(command: string): string {
    return command.startsWith("cat ") ? command.replaceAll(this.work, "$WORK") : command.replaceAll(this.work, "$WORK");
  }

  /** Prints a command that runs in dir ("" for anywhere). */
  showCommand(dir: string, command: string): void {
    if (!this.show) return;
    let text = this.format(command);
    if (dir !== "" && dir !== "/") {
      if (dir !== this.scriptDir) {
        this.print(`cd ${this.format(dir)}\n`);
        this.scriptDir = dir;
      }
      text = ` ${text}`.replaceAll(` ${dir}`, " .").slice(1);
    }
    this.print(`${text}\n`);
  }

  makeDir(dir: string): void {
    this.showCommand("", `mkdir -p ${dir}`);
    if (!this.dry) this.exec.host.makeDir(dir);
  }

  writeFile(path: string, text: string): void {
    if (this.show) {
      if (text === "") this.showCommand("", `echo -n > ${path} # internal`);
      else if (text.indexOf("\n") === text.length - 1)
        this.showCommand("", `echo '${text.slice(0, -1)}' > ${path} # internal`);
      // The go command leaves out a newline that the text lacks, and what it prints is then no command.
      else this.showCommand("", `cat >${path} << 'EOF' # internal\n${text}${text.endsWith("\n") ? "" : "\n"}EOF`);
    }
    if (!this.dry) this.exec.host.writeFile(path, encodeUtf8(text));
  }

  /** Runs a tool with its command line shown. Nothing runs under -n. */
  async tool(
    name: ToolName,
    argv: readonly string[],
    dir: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ToolResult> {
    if (this.show) {
      let prefix = "";
      for (const [k, v] of Object.entries(env)) prefix += `${k}='${v}' `;
      const before = this.toolexec.length === 0 ? "" : `${joinWords(this.toolexec)} `;
      this.showCommand(dir, `${prefix}${before}${this.exec.self} tool ${name} ${joinWords(argv)}`);
    }
    if (this.dry) return { status: 0, stdout: "", stderr: "" };
    const full = { GOROOT: this.goroot, ...env };
    const where = dir === "." ? this.exec.host.cwd() : dir;
    if (this.toolexec.length > 0) {
      const args = [...this.toolexec.slice(1), ...this.exec.launcher, "tool", name, ...argv];
      return this.exec.capture(this.toolexec[0]!, args, where, full);
    }
    return this.exec.tool({ name, argv, dir: where, env: full });
  }

  /** Output of a tool as it is shown: paths below dir relative to the working directory, $WORK for the work directory. */
  shorten(output: string, dir: string): string {
    const cwd = this.exec.host.cwd();
    let text = replacePrefix(output, this.work, "$WORK");
    for (let d = dir; ; d = dirname(d)) {
      const rel = shortPath(cwd, d);
      if (rel !== d) text = replacePrefix(text, d, rel);
      if (d === "/" || d === ".") break;
    }
    return text.endsWith("\n") ? text : `${text}\n`;
  }
}

import { decodeUtf8, FlagError, parseGoFlags } from "#base";
import {
  FormatError,
  findAndHashBuildID,
  isArchive,
  isElf,
  hashToBuildIDPart,
  readBuildID,
  rewriteBuildID,
} from "#formats";
import type { Host, ToolResult } from "#host";
import { readInput, runTool, ToolExit } from "./tool.ts";

const usage = "usage: go tool buildid [-w] file\n  -w\twrite build ID\n";

/** cmd/buildid: prints a file's build ID, or with -w replaces its content part by the hash of the contents. */
export function buildidMain(host: Host, argv: readonly string[]): ToolResult {
  return runTool("buildid: ", (out) => {
    let flags: ReturnType<typeof parseGoFlags>;
    try {
      flags = parseGoFlags([{ name: "w", kind: "bool", usage: "write build ID" }], argv);
    } catch (e) {
      if (e instanceof FlagError) throw new ToolExit(2, `${e.message}\n${usage}`);
      throw e;
    }
    const file = flags.args[0];
    if (file === undefined || flags.args.length !== 1) throw new ToolExit(2, usage);
    const bytes = readInput(out, host, file);
    let id: string;
    try {
      id = isArchive(bytes) || isElf(bytes) ? readBuildID(bytes) : rawBuildID(bytes);
    } catch (e) {
      if (e instanceof FormatError) throw new FormatError(`${file}: ${e.message}`);
      throw e;
    }
    if (!flags.bool("w")) {
      out.print(`${id}\n`);
      return;
    }
    if (id === "") throw new FormatError("buildid.FindAndHash: no id specified");
    if (!id.includes("/")) {
      throw new FormatError(`${file}: build ID is a legacy format...binary too old for this tool`);
    }
    const { matches, hash } = findAndHashBuildID(bytes, id);
    const newID = `${id.slice(0, id.lastIndexOf("/"))}/${hashToBuildIDPart(hash)}`;
    if (newID.length !== id.length) {
      throw new FormatError(`${file}: build ID length mismatch ${JSON.stringify(id)} vs ${JSON.stringify(newID)}`);
    }
    if (matches.length === 0) return;
    const changed = bytes.slice();
    rewriteBuildID(changed, matches, newID);
    host.writeFile(file, changed, host.stat(file)?.mode ?? 0o644);
  });
}

const before = '\xff Go build ID: "';
const behind = '"\n \xff';

/** The ID that stands, marked as such, in the first 32 KiB of a file of any kind; "" if there is none. */
function rawBuildID(bytes: Uint8Array): string {
  if (bytes.length < 8) throw new FormatError("EOF");
  let text = "";
  for (const b of bytes.subarray(0, 32768)) text += String.fromCharCode(b);
  const from = text.indexOf(before);
  if (from < 0) return "";
  const to = text.indexOf(behind, from + before.length);
  if (to < 0) throw new FormatError("malformed object file");
  return decodeUtf8(bytes.subarray(from + before.length, to));
}

import { statSync } from "node:fs";

/** The working directory as the shell names it, if that is the same place (so that paths show as the user knows them). */
export function workingDirectory(): string {
  const pwd = process.env["PWD"];
  const cwd = process.cwd();
  if (pwd === undefined || pwd === cwd || !pwd.startsWith("/")) return cwd;
  const a = statSync(pwd, { throwIfNoEntry: false });
  const b = statSync(cwd);
  return a !== undefined && a.ino === b.ino && a.dev === b.dev ? pwd : cwd;
}

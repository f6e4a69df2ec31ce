// Language versions as their minor number: 21 for go1.21; 0 for none, which allows everything.

/** The version this checker implements. */
export const currentVersion = 26;

/** "go1.21", "go1.21.3", "go1.22rc1" → 21, 21, 22; anything else → 0. */
export function parseVersion(v: string): number {
  const m = /^go1(?:\.(\d+))?/.exec(v);
  return m === null ? 0 : m[1] === undefined ? 0.5 : Number(m[1]);
}

export function versionString(v: number): string {
  return `go1.${v}`;
}

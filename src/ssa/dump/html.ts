import type { PosTable } from "#base";
import { type Func, funcString } from "../core/index.ts";

/**
 * Collects a function's text after each pass and writes one HTML page with all of them side by side, as GOSSAFUNC does:
 * pointing at a value or block lights up all its occurrences, a click keeps it lit, a click on a pass's name folds it.
 */
export class PassHistory {
  private readonly columns: { pass: string; text: string }[] = [];
  private name = "";

  constructor(private readonly positions: PosTable | null = null) {}

  /** Notes what the function looks like now; a pass that changed nothing only adds its name to the column before. */
  note(f: Func, pass: string): void {
    this.name = f.name;
    const text = funcString(f, this.positions).replace(/^func .*\n/, "");
    this.noteText(pass, text);
  }

  /** Adds a column that is no SSA: the tree before, instructions behind. */
  noteText(pass: string, text: string): void {
    const last = this.columns[this.columns.length - 1];
    if (last !== undefined && last.text === text) last.pass += ` ${pass}`;
    else this.columns.push({ pass, text });
  }

  html(): string {
    const columns = this.columns.map((c) => `<td><h2>${escapeText(c.pass)}</h2><pre>${marked(c.text)}</pre></td>`);
    return `<!doctype html><meta charset="utf-8"><title>${escapeText(this.name)}</title><style>${style}</style>
<h1>${escapeText(this.name)}</h1><table><tr>${columns.join("\n")}</tr></table><script>${script}</script>\n`;
  }
}

function escapeText(s: string): string {
  return s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** Every v12 and b3 becomes an element with its name as class. */
function marked(text: string): string {
  return escapeText(text).replace(/\b([vb]\d+)\b/g, '<i class="$1">$1</i>');
}

const style = `body{font:13px sans-serif}table{border-collapse:collapse}td{vertical-align:top;border:1px solid #ccc;padding:4px}
h2{font-size:13px;margin:0;cursor:pointer}td.folded pre{display:none}td.folded h2{writing-mode:vertical-rl}
pre{font:12px monospace;margin:4px 0}i{font-style:normal;cursor:pointer}.over{background:#ffd}`;

const script = `const lit=new Map(),colors=["#fc9","#9cf","#9f9","#f9c","#cf9","#c9f"];
const all=n=>document.getElementsByClassName(n);
document.addEventListener("mouseover",e=>{if(e.target.tagName==="I")for(const x of all(e.target.textContent))x.classList.add("over")});
document.addEventListener("mouseout",e=>{if(e.target.tagName==="I")for(const x of all(e.target.textContent))x.classList.remove("over")});
document.addEventListener("click",e=>{const t=e.target;if(t.tagName==="H2"){t.parentNode.classList.toggle("folded");return}
if(t.tagName!=="I")return;const n=t.textContent;let c="";if(!lit.delete(n)){c=colors.find(c=>![...lit.values()].includes(c))??"#ddd";lit.set(n,c)}
for(const x of all(n))x.style.background=c});`;

// The trace as one self-contained HTML page: timeline with lanes, narration, the initial stack, memory.

import type { Trace } from "./events.ts";
import { lanesOf } from "./lanes.ts";

/** JSON that may stand inside a script element. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

function escaped(s: string): string {
  return s.replace(/[&<>"]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&quot;"));
}

/** What a page shows of a program's output: its beginning, and how much follows. */
function shownOutput(text: string): string {
  const most = 20000;
  return text.length <= most ? text : `${text.slice(0, most)}\n… and ${text.length - most} more characters`;
}

/** The page's text. */
export function tracePage(trace: Trace): string {
  const h = trace.head;
  const data = {
    head: h,
    events: trace.events,
    lanes: lanesOf(trace),
    stack: trace.stack,
    maps: trace.maps,
    output: shownOutput(trace.output),
  };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(h.program)}: how it boots</title>
<style>${style}</style></head><body>
<header><h1>${escaped(h.program)}</h1><p id="facts"></p></header>
<main>
<section id="timeline"><h2>Timeline</h2>
<p class="hint">Time is counted in instructions. Drag to select a range, double-click to see all; hover for names.</p>
<div class="legend"><span class="running">running</span><span class="runnable">runnable</span><span class="waiting">waiting</span><span class="syscall">syscall</span><span class="g0">scheduler / g0</span></div>
<svg id="lanes" role="img" aria-label="lanes of threads, Ps and goroutines"></svg></section>
<section id="story"><h2>Narration</h2>
<form><label>Detail <select id="level"><option value="0">steps</option><option value="1" selected>what each does</option><option value="2">everything</option></select></label>
<label>Find <input id="find" type="search" placeholder="function or text"></label> <span id="count"></span></form>
<table><thead><tr><th>instruction</th><th>thread</th><th>g</th><th>P</th><th>address</th><th></th></tr></thead><tbody id="rows"></tbody></table></section>
<section id="goroutines"><h2>Goroutines</h2><table><thead><tr><th>g</th><th>begins at</th><th>made by</th><th>at instruction</th><th>stack</th></tr></thead><tbody id="gs"></tbody></table></section>
<div class="two"><section id="stack"><h2>Initial stack</h2><p class="hint">What the kernel puts at the top of the stack before the first instruction; RSP points at argc.</p><table><tbody id="words"></tbody></table></section>
<section id="memory"><h2>Memory at the end</h2><p class="hint">The bar shows which part of a region was ever touched; reserved addresses cost nothing.</p><table><tbody id="maps"></tbody></table>
<h2>Output</h2><pre id="output"></pre></section></div>
</main>
<script>const T=${embedded(data)};
${script}</script></body></html>
`;
}

const style = `
:root{--bg:#fbfaf7;--fg:#23211d;--dim:#8a857a;--line:#e3ded3;--run:#2f7d4f;--ready:#d9a21b;--wait:#b9b3a6;--sys:#3b6fb6;--g0:#7d5ba6;--card:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#191816;--fg:#e9e5dc;--dim:#928c80;--line:#33302b;--card:#211f1c;--wait:#55514a}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.45 system-ui,sans-serif}
header{padding:18px 24px 0}h1{margin:0;font-size:22px}h2{font-size:16px;margin:0 0 6px}main{padding:0 24px 40px}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin-top:16px;overflow-x:auto}
.two{display:grid;grid-template-columns:1fr 1fr;gap:16px}@media(max-width:1000px){.two{grid-template-columns:1fr}}
.hint,#facts{color:var(--dim);margin:2px 0 8px}table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;color:var(--dim);font-weight:500}td,th{padding:1px 8px 1px 0;vertical-align:top}
td.n,td.a{font-family:ui-monospace,monospace;color:var(--dim);white-space:nowrap;text-align:right}td.a{text-align:left}
tr:hover td{background:color-mix(in srgb,var(--fg) 6%,transparent)}
.f{font-family:ui-monospace,monospace;font-weight:600}.pos,.cost{color:var(--dim);font-size:12px}
.k-write .t,.k-cpuid .t,.k-syscall .t{font-family:ui-monospace,monospace;font-size:12px}
.k-enter .f{color:var(--run)}.k-goroutine .t{color:#b0780c}.k-thread .t{color:var(--g0)}.k-run .t{color:var(--sys)}.k-signal .t{color:#b3372b}.k-leave .t,.k-status .t{color:var(--dim)}
.bar{display:inline-block;height:9px;background:var(--line);width:160px;border-radius:3px;overflow:hidden}.bar i{display:block;height:100%;background:var(--run)}
.legend span{display:inline-block;margin-right:14px;font-size:12px}.legend span:before{content:"";display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px;background:var(--wait)}
.legend .running:before{background:var(--run)}.legend .runnable:before{background:var(--ready)}.legend .syscall:before{background:var(--sys)}.legend .g0:before{background:var(--g0)}
svg{width:100%;display:block;user-select:none}svg text{font:11px system-ui,sans-serif;fill:var(--fg)}svg .axis{fill:var(--dim)}
rect.running{fill:var(--run)}rect.runnable{fill:var(--ready)}rect.waiting{fill:var(--wait)}rect.syscall{fill:var(--sys)}rect.g0{fill:var(--g0)}rect.idle,rect.preempted,rect.copystack{fill:var(--line)}
rect.sel{fill:var(--sys);opacity:.18}line.mark{stroke:var(--fg);stroke-dasharray:3 3;opacity:.5}
pre{white-space:pre-wrap;font-size:12px;max-height:300px;overflow:auto}form label{margin-right:16px}select,input{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:4px;padding:2px 6px}
.lvl0 .t{font-weight:600}
`;

const script = String.raw`
const $=id=>document.getElementById(id),num=n=>String(n).replace(/\B(?=(\d{3})+(?!\d))/g,' ');
const el=(tag,cls,text)=>{const e=document.createElement(tag);if(cls)e.className=cls;if(text!==undefined)e.textContent=text;return e};
const H=T.head;let from=0,to=Math.max(1,H.instructions);
$('facts').textContent=H.go+(H.stripped?', stripped':'')+' · '+num(H.instructions)+' instructions · '+(H.mainMain>=0?'main.main after '+num(H.mainMain)+' · ':'')+(H.ended?'exit status '+H.status:'stopped before its end')+(H.dropped?' · '+num(H.dropped)+' more events were not kept (rt0 boot -events N)':'');
const svg=$('lanes'),NS='http://www.w3.org/2000/svg';
const S=(tag,a,text)=>{const e=document.createElementNS(NS,tag);for(const k in a)e.setAttribute(k,a[k]);if(text!==undefined)e.textContent=text;return e};
function draw(){svg.textContent='';const W=svg.clientWidth||1000,L=220,R=10,rowH=18;const x=n=>L+(n-from)/(to-from)*(W-L-R);
let y=26;const groups={M:'threads',P:'Ps',G:'goroutines'};let last='';
for(const lane of T.lanes){if(lane.kind!==last){last=lane.kind;svg.append(S('text',{x:0,y:y+12,class:'axis'},groups[last]));y+=18}
svg.append(S('text',{x:8,y:y+12},lane.name.length>32?lane.name.slice(0,31)+'…':lane.name));
for(const s of lane.spans){if(s.to<from||s.from>to)continue;const a=Math.max(L,x(s.from)),b=Math.min(W-R,x(s.to));const r=S('rect',{x:a,y:y+3,width:Math.max(.6,b-a),height:12,class:s.state});r.append(S('title',{},lane.name+': '+s.label+'\n'+num(s.from)+' – '+num(s.to)+' ('+num(s.to-s.from)+' instructions)'));svg.append(r);
if(b-a>40&&lane.kind!=='G')svg.append(S('text',{x:a+3,y:y+13,style:'fill:#fff;pointer-events:none'},s.label.slice(0,Math.floor((b-a)/7))))}
y+=rowH}
for(let i=0;i<=8;i++){const n=Math.round(from+(to-from)*i/8);svg.append(S('text',{x:Math.min(W-60,x(n)),y:12,class:'axis'},num(n)))}
for(const e of T.events){if(e.level!==0||e.kind!=='enter'||e.n<from||e.n>to)continue;const l=S('line',{x1:x(e.n),x2:x(e.n),y1:16,y2:y,class:'mark'});l.append(S('title',{},e.func));svg.append(l)}
svg.setAttribute('height',y+6);svg._inv=p=>from+(p-L)/(W-L-R)*(to-from)}
let drag=null;svg.addEventListener('mousedown',e=>{drag={a:e.offsetX,r:S('rect',{class:'sel',y:0,height:svg.clientHeight})};svg.append(drag.r)});
addEventListener('mousemove',e=>{if(!drag)return;const p=e.clientX-svg.getBoundingClientRect().left;drag.r.setAttribute('x',Math.min(drag.a,p));drag.r.setAttribute('width',Math.abs(p-drag.a));drag.b=p});
addEventListener('mouseup',()=>{if(!drag)return;const d=drag;drag=null;if(d.b!==undefined&&Math.abs(d.b-d.a)>5){const a=svg._inv(Math.min(d.a,d.b)),b=svg._inv(Math.max(d.a,d.b));from=Math.max(0,a);to=Math.min(H.instructions,Math.max(b,from+10));draw();list()}else{d.r.remove()}});
svg.addEventListener('dblclick',()=>{from=0;to=H.instructions;draw();list()});
function list(){const level=+$('level').value,q=$('find').value.toLowerCase(),body=$('rows');body.textContent='';let shown=0,all=0;const frag=document.createDocumentFragment();
for(const e of T.events){if(e.level>level||e.n<from-1||e.n>to+1)continue;if(q&&!(e.func+' '+e.text).toLowerCase().includes(q))continue;all++;if(shown>=3000)continue;shown++;
const tr=el('tr','k-'+e.kind+' lvl'+e.level);tr.append(el('td','n',num(e.n)),el('td','n',e.tid||''),el('td','n',e.goid<0?'':e.goid),el('td','n',e.p<0?'':e.p),el('td','a',e.pc));
const td=el('td','t');td.style.paddingLeft=Math.min(e.depth,14)*14+'px';if(e.kind==='enter'){td.append(el('span','f',e.func),' ')}td.append(e.text);
if(e.cost!==undefined&&e.kind==='enter')td.append(el('span','cost','  '+num(e.cost)+' instructions'));
if(e.line&&(e.kind==='enter'||e.kind==='write'||e.kind==='cpuid'))td.append(el('span','pos','  '+e.file.replace(/^.*\/src\//,'')+':'+e.line));
if(e.data&&e.data.goroutines){for(const g of e.data.goroutines)td.append(el('div','pos',g))}
tr.append(td);frag.append(tr)}body.append(frag);$('count').textContent=num(all)+' events'+(all>shown?', first '+num(shown)+' shown':'')}
$('level').onchange=list;$('find').oninput=list;document.querySelector('form').onsubmit=e=>e.preventDefault();
for(const e of T.events)if(e.kind==='goroutine'){const d=e.data,tr=el('tr');tr.append(el('td','n',d.goid),el('td','f',d.start),el('td','',d.creator),el('td','n',num(e.n)),el('td','a',d.stackLo+' – '+d.stackHi));$('gs').append(tr)}
for(const w of T.stack.slice().reverse()){const tr=el('tr');tr.append(el('td','a',w.address),el('td','n',w.value),el('td','',w.text));$('words').append(tr)}
for(const m of T.maps){const pages=(parseInt(m.end,16)-parseInt(m.start,16))/4096,tr=el('tr');tr.append(el('td','a',m.start+'-'+m.end),el('td','a',m.perm));const td=el('td'),b=el('span','bar'),i=el('i');i.style.width=Math.max(m.resident?1:0,100*m.resident/pages)+'%';b.append(i);td.append(b);tr.append(td,el('td','n',num(m.resident*4)+' of '+num(pages*4)+' KiB'),el('td','',m.name));$('maps').append(tr)}
$('output').textContent=T.output;draw();list();addEventListener('resize',draw);
`;

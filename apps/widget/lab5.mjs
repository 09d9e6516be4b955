import { transform } from 'esbuild';
import { readFileSync, readdirSync } from 'node:fs';
const f = readdirSync('dist/widget').find((n) => n.startsWith('panel-en-'));
const code = (await transform(readFileSync('dist/widget/' + f, 'utf8'), {})).code;
const parts = code.split(/\n(?=(?:var|let|const|function|class|async function) )/);
const rows = parts.map((p) => [p.replace(/\s+/g, ' ').length, p.replace(/\s+/g, ' ').slice(0, 170)]);
rows.forEach((r, i) => console.log(String(i).padStart(4), String(r[0]).padStart(6), r[1]));

import { build, transform } from 'esbuild';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
const br = (s) => brotliCompressSync(Buffer.from(s), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const css = { name: 'css', setup(b) { b.onResolve({ filter: /\.css\?inline$/ }, (a) => ({ path: a.resolveDir + '/' + a.path.replace('?inline', ''), namespace: 'css' })); b.onLoad({ filter: /.*/, namespace: 'css' }, async (a) => ({ contents: 'export default ' + JSON.stringify((await transform(readFileSync(a.path, 'utf8'), { loader: 'css', minify: true })).code.trim()) })); } };
const r = await build({ entryPoints: ['src/loader/main.ts'], bundle: true, minify: true, format: 'iife', write: false, target: 'es2022', charset: 'utf8', plugins: [css], define: { __HASH__: '"aB3dE6gH"' } });
const code = r.outputFiles[0].text;
const full = br(code);
// leave out windows: contribution by position, split at statement-ish borders
const parts = code.split(/(?<=[;}])(?=(?:var|function|async|let|const|return)\b)|(?<=,)(?=[a-z]\w?=)/i);
for (let i = 0; i < parts.length; i++) { const d = full - br(parts.filter((_, j) => j !== i).join('')); console.log(String(d).padStart(4), String(parts[i].length).padStart(5), parts[i].slice(0, 150).replace(/\n/g,' ')); }
console.log(full);

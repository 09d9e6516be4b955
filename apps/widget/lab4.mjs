// Light: esbuild bundle of the panel with the lean plugin; per-module minified bytes and leave-one-out brotli.
import { build, transform } from 'esbuild';
import { compile, compileModule } from 'svelte/compiler';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
const { leanSvelte } = await import('./scripts/lean-svelte.ts');
const br = (s, q = 11) => brotliCompressSync(Buffer.from(s), { params: { [constants.BROTLI_PARAM_QUALITY]: q } }).length;
const lean = leanSvelte(process.cwd());
const plugin = { name: 'x', setup(b) {
	b.onResolve({ filter: /\.css\?inline$/ }, (a) => ({ path: a.resolveDir + '/' + a.path.replace('?inline', ''), namespace: 'css' }));
	b.onLoad({ filter: /.*/, namespace: 'css' }, async (a) => ({ contents: 'export default ' + JSON.stringify((await transform(readFileSync(a.path, 'utf8'), { loader: 'css', minify: true })).code.trim()) }));
	b.onLoad({ filter: /\.svelte$/ }, (a) => ({ contents: compile(readFileSync(a.path, 'utf8'), { filename: a.path, runes: true, discloseVersion: false, css: 'external', dev: false }).js.code }));
	b.onLoad({ filter: /\.svelte\.ts$/ }, async (a) => ({ contents: compileModule((await transform(readFileSync(a.path, 'utf8'), { loader: 'ts', target: 'esnext' })).code, { filename: a.path, dev: false }).js.code }));
	b.onLoad({ filter: /node_modules\/svelte\/src\// }, (a) => { let c = lean.load(a.path) ?? readFileSync(a.path, 'utf8'); return { contents: lean.transform(c, a.path) ?? c, resolveDir: a.path.replace(/\/[^/]*$/, '') }; });
} };
const r = await build({ entryPoints: ['src/panel/main.ts'], bundle: true, splitting: true, outdir: '/tmp/dietlab/out', format: 'esm', write: false, target: 'es2022', charset: 'utf8', metafile: true, minify: true, conditions: ['browser', 'production'], plugins: [plugin], define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'error', alias: {} });
const seen = new Set(); const total = new Map();
const visit = (f) => { if (seen.has(f)) return; seen.add(f); for (const i of r.metafile.outputs[f].imports) if (i.kind === 'import-statement') visit(i.path); };
const entry = Object.keys(r.metafile.outputs).find((o) => r.metafile.outputs[o].entryPoint === 'src/panel/main.ts');
visit(entry);
let code = '';
for (const f of seen) { code += r.outputFiles.find((o) => o.path.endsWith(f.split('/').pop())).text; for (const [m, { bytesInOutput: n }] of Object.entries(r.metafile.outputs[f].inputs)) total.set(m, (total.get(m) ?? 0) + n); }
const rows = [...total].sort((a, b) => b[1] - a[1]);
let svelte = 0, sum = 0;
for (const [m, n] of rows) { sum += n; if (m.includes('/svelte/')) svelte += n; if (n > 150) console.log(String(n).padStart(6), m.replace(/^.*node_modules\//, '')); }
console.log({ sum, svelte, brotli: br(code) / 1024 });

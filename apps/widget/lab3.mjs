// contribution per module
import { build } from 'vite';
import { transform } from 'esbuild';
import { brotliCompressSync, constants } from 'node:zlib';
const br = (s) => brotliCompressSync(Buffer.from(s), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const { widgetConfig } = await import('./scripts/panel-chunks.ts');
const { leanSvelte } = await import('./scripts/lean-svelte.ts');
const root = process.cwd();
const out = await build({ ...widgetConfig, root, plugins: [leanSvelte(root), ...widgetConfig.plugins], build: { ...widgetConfig.build, minify: false, lib: { entry: 'src/panel/main.ts', formats: ['es'], fileName: () => 'panel.js' }, rolldownOptions: { preserveEntrySignatures: 'allow-extension', output: { chunkFileNames: '[name].js', codeSplitting: { groups: [{ name: 'panel', tags: ['$initial'] }] } } } } });
const panel = [out].flat()[0].output.find((o) => o.fileName === 'panel.js');
const { writeFileSync } = await import('node:fs');
writeFileSync('/tmp/dietlab/panel.unmin.js', panel.code);
const mods = Object.entries(panel.modules).filter(([, m]) => m.code?.trim());
const min = async (code) => (await transform(code, { minify: true, target: 'es2022', charset: 'utf8' })).code;
const whole = panel.code;
const full = br(await min(whole));
const rows = [];
for (const [id, m] of mods) {
	const i = whole.indexOf(m.code.trim().slice(0, 200));
	let code = m.code;
	// remove region by markers
	const tail = id.split('?')[0].split('/').slice(-3).join('/'); const mm = new RegExp('^//#region .*' + tail.replace(/[.*+?^${}()|[\]\\]/g,'\\$&') + '.*$','m').exec(whole); const start = mm ? mm.index : -1;
	let w;
	if (start >= 0) { const end = whole.indexOf('//#endregion', start); w = whole.slice(0, start) + whole.slice(end); }
	else continue;
	try { rows.push([full - br(await min(w)), (await min(code.replace(/^export .*/gm,''))).length, id.split('/').slice(-3).join('/')]); } catch (e) { rows.push([0, 0, id + String(e).slice(0, 80)]); }
}
rows.sort((a, b) => b[0] - a[0]);
let sv = 0;
for (const r of rows) { if (/svelte\/src|internal|reactivity|client/.test(r[2]) ) sv += r[0]; console.log(String(r[0]).padStart(6), String(r[1]).padStart(6), r[2]); }
console.log('full', full, 'svelte', sv, 'mods', mods.length, 'rows', rows.length);

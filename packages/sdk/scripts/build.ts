import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

// Makes `dist`: the package as npm takes it, `npm publish packages/sdk/dist`.
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const program = ts.createProgram([join(root, 'src/index.ts')], {
	target: ts.ScriptTarget.ES2022,
	module: ts.ModuleKind.ESNext,
	moduleResolution: ts.ModuleResolutionKind.Bundler,
	lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
	types: [],
	strict: true,
	declaration: true,
	rewriteRelativeImportExtensions: true,
	outDir: dist
});
const { diagnostics } = program.emit();
const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
if (problems.length > 0) {
	throw new Error(
		ts.formatDiagnostics(problems, {
			getCanonicalFileName: (file) => file,
			getCurrentDirectory: () => root,
			getNewLine: () => '\n'
		})
	);
}

const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string };
const manifest = {
	name,
	version: '1.0.0',
	description: 'The ChatIQ chat widget on your page: loads it, and calls it with types.',
	type: 'module',
	sideEffects: false,
	exports: { '.': { types: './index.d.ts', default: './index.js' } },
	types: './index.d.ts'
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
writeFileSync(
	join(dist, 'README.md'),
	readFileSync(join(root, '../../docs/widget.md'), 'utf8').replaceAll(
		/\]\((?!https?:)[^)]+\)/g,
		']'
	)
);

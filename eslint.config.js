import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import { readdirSync } from 'node:fs';
import ts from 'typescript-eslint';

/** Dependencies run one way (ARCHITECTURE.md); a forbidden import is a lint error, not a convention. */
const forbid = (files, patterns) => ({
	files,
	rules: { 'no-restricted-imports': ['error', { patterns }] }
});

const functions = readdirSync(new URL('functions', import.meta.url), { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && !/^(_shared|node_modules)$/.test(entry.name))
	.map(({ name }) => name);

export default defineConfig(
	{
		ignores: ['**/build/', '**/dist/', '**/.svelte-kit/', '**/src/gen/', '**/*.gen.ts', '.chatiq/']
	},
	js.configs.recommended,
	ts.configs.strictTypeChecked,
	svelte.configs.recommended,
	prettier,
	svelte.configs.prettier,
	{
		languageOptions: {
			globals: { ...globals.browser, ...globals.node },
			parserOptions: {
				projectService: { allowDefaultProject: ['*.js', 'scripts/*.mjs'] },
				extraFileExtensions: ['.svelte'],
				tsconfigRootDir: import.meta.dirname
			}
		},
		rules: {
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser } },
		rules: {
			// The app has no base path to resolve.
			'svelte/no-navigation-without-resolve': 'off',
			// What is shown is replaced whole in `$state.raw`; a private map is bookkeeping.
			'svelte/prefer-svelte-reactivity': 'off'
		}
	},
	{
		// Here ESLint sees the props of other components as `any`; svelte-check sees their types.
		files: ['**/*.svelte'],
		rules: {
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off'
		}
	},
	// Services there are closures: no method of theirs knows `this`.
	{
		files: ['tools/**', 'e2e/**', 'scripts/**', 'functions/**'],
		rules: { '@typescript-eslint/unbound-method': 'off' }
	},
	{ files: ['functions/**'], languageOptions: { globals: { Deno: 'readonly' } } },
	{ files: ['**/*.js', '**/*.mjs'], extends: [ts.configs.disableTypeChecked] },
	forbid(
		['packages/contracts/**'],
		[{ regex: '^(?!\\./|zod|vitest)', message: 'contracts import zod only' }]
	),
	forbid(
		['functions/*/**'],
		[{ regex: `^(\\.\\./)+(${functions.join('|')})/`, message: 'functions share by _shared only' }]
	),
	forbid(
		['apps/widget/**'],
		[
			{
				group: ['@supabase/*', 'bits-ui', 'tailwindcss', '**/apps/admin/**'],
				message: 'the widget has its own socket client and no UI library'
			}
		]
	),
	forbid(
		['apps/admin/src/lib/ui/**'],
		[{ regex: '^(#lib/(?!ui/)|@supabase/|@chatiq/contracts)', message: 'ui knows no feature' }]
	)
);

import { expect, it } from 'vitest';
import { installSnippet, platforms } from './snippets.ts';

const loader = { url: 'https://chat.example/widget.js', siteKey: 'pk_123' };

it.each(platforms)('names the loader and the site for %s', (platform) => {
	const { code } = installSnippet[platform](loader);
	expect(code).toContain(loader.url);
	expect(code).toContain(loader.siteKey);
});

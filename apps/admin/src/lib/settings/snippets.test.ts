import { jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { installSnippet, platforms, signingSnippet } from './snippets.ts';

const loader = { url: 'https://chat.example/widget.js', siteKey: 'pk_123' };

it.each(platforms)('names the loader and the site for %s', (platform) => {
	const { code } = installSnippet[platform](loader);
	expect(code).toContain(loader.url);
	expect(code).toContain(loader.siteKey);
});

it('signs what visitor-session verifies', async () => {
	const secret = '0123456789abcdef'.repeat(4);
	process.env['CHAT_IDENTITY_SECRET'] = secret;
	const address = `data:text/javascript,${encodeURIComponent(signingSnippet.node.code)}`;
	const { signVisitor } = (await import(/* @vite-ignore */ address)) as {
		signVisitor: (user: object) => string;
	};
	const signed = signVisitor({ id: 7, name: 'Олена', email: 'olena@shop.example' });
	const { payload } = await jwtVerify(signed, new TextEncoder().encode(secret), {
		algorithms: ['HS256'],
		requiredClaims: ['sub', 'exp']
	});
	expect(payload).toMatchObject({ sub: '7', name: 'Олена', email: 'olena@shop.example' });
});

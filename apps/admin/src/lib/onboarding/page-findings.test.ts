import { needsOf } from '@chatiq/contracts/embed';
import type { LoadedPage } from '@chatiq/contracts/page-check';
import { expect, it } from 'vitest';
import { findingsOf, isHint } from './page-findings.ts';

const needs = needsOf('https://chat.test/widget.js', 'https://api.test');
const page: LoadedPage = {
	url: 'https://shop.test/',
	status: 200,
	origin_allowed: true,
	code: 'found',
	policies: []
};
const findings = (other: Partial<LoadedPage>) => findingsOf({ page: { ...page, ...other } }, needs);

it('finds nothing wrong where the chat can be', () => {
	expect(findings({})).toEqual([]);
	expect(findings({ policies: ["script-src 'self' https://chat.test"] })).toEqual([]);
});

it('names everything that is in the way at once', () => {
	expect(
		findings({
			...{ url: 'https://www.shop.test/a', origin_allowed: false, code: 'missing' },
			policies: ["default-src 'self' https://chat.test", "script-src 'none'; connect-src *"]
		})
	).toEqual([
		{ kind: 'origin', origin: 'https://www.shop.test' },
		{ kind: 'missing' },
		{
			kind: 'policy',
			needs: [
				{ directive: 'script-src', sources: ['https://chat.test'] },
				{ directive: 'connect-src', sources: ['https://api.test', 'wss://api.test'] },
				{ directive: 'img-src', sources: ['https://api.test', 'blob:'] }
			]
		}
	]);
});

it('says of a page that could not be had only why', () => {
	expect(findingsOf({ failure: 'private' }, needs)).toEqual([{ kind: 'private' }]);
	expect(findings({ status: 404, code: 'missing' })).toEqual([{ kind: 'status', status: 404 }]);
});

it('tells what only will be in the way from what is', () => {
	const [retiring, nonce] = findings({
		code: 'retiring',
		policies: ["script-src 'strict-dynamic'"]
	});
	expect([retiring, nonce].map((one) => one && isHint(one))).toEqual([true, true]);
	expect(findings({ code: 'retired' }).some(isHint)).toBe(false);
});

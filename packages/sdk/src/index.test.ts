import { describe, expect, it } from 'vitest';
import { loadWidget } from './index.ts';

// In a browser it is tried by the journeys; here is what a server does with it.
describe('loadWidget without a page', () => {
	it('does nothing, and nothing it gives throws', () => {
		const widget = loadWidget({ src: 'https://chat.test/widget.js', siteKey: 'pk_test' });
		widget.on('open', () => expect.fail('nothing opens on a server'));
		widget.open();
		widget.identify('token');
		widget.destroy();
		expect('chtq' in globalThis).toBe(false);
	});
});

import { describe, expect, it } from 'vitest';
import { message } from '../../test/support/message.ts';
import { merged } from './merge.ts';

describe('merged', () => {
	it('orders by seq and knows each id once', () => {
		const [a, b, c] = [message(1), message(2), message(3)];
		expect(merged([c], [a, b, c, a])).toEqual([a, b, c]);
	});

	it('keeps the later version of a message, whichever comes last', () => {
		const first = message(1);
		const edited = { ...first, body: 'edited', change_seq: 3 };
		expect(merged([first], [edited])).toEqual([edited]);
		expect(merged([edited], [first])).toEqual([edited]);
	});

	it('never brings back what was redacted', () => {
		const first = message(1);
		const redacted = { ...first, body: '', change_seq: 2 };
		const edited = { ...first, body: 'edited', change_seq: 1 };
		expect(merged([redacted], [edited])).toEqual([redacted]);
	});

	it('does not take a private note', () => {
		expect(merged([], [message(1, { visibility: 'team' })])).toEqual([]);
	});

	it('stays the same list when nothing is new, so that nothing is drawn anew', () => {
		const known = [message(1)];
		expect(merged(known, [message(1)])).toBe(known);
	});
});

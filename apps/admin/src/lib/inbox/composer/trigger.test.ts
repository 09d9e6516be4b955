import { expect, it } from 'vitest';
import { triggerAt } from './trigger.ts';

const at = (text: string, mode: 'reply' | 'note' = 'reply') => triggerAt(text, text.length, mode);

it('a slash at the beginning of a word asks for templates', () => {
	expect(at('/')).toEqual({ kind: 'template', from: 0, query: '' });
	expect(at('Hello /доставка')).toEqual({ kind: 'template', from: 6, query: 'доставка' });
	expect(at('Hello\n/ship')).toEqual({ kind: 'template', from: 6, query: 'ship' });
});

it('a slash inside something else does not', () => {
	for (const text of ['and/or', 'https://shop', '/ship it', 'a/']) expect(at(text)).toBeNull();
});

it('an at sign asks for colleagues, in notes only', () => {
	expect(at('Ask @ol', 'note')).toEqual({ kind: 'mention', from: 4, query: 'ol' });
	expect(at('Ask @Olena Ko', 'note')?.query).toBe('Olena Ko');
	expect(at('Ask @ol')).toBeNull();
	expect(at('ann@shop', 'note')).toBeNull();
});

it('only what stands before the caret counts', () => {
	expect(triggerAt('/ship and more', 5, 'reply')?.query).toBe('ship');
	expect(triggerAt('/ship', 0, 'reply')).toBeNull();
});

import { expect, it } from 'vitest';
import { fill, gapsOf, partsOf } from './variables.ts';

it('fills in what is known and leaves the rest to be seen', () => {
	const text = 'Hello {{visitor_name}}, {{ operator_name }} here. {{visitor_name}}: {{page_url}}';
	const filled = fill(text, { visitor_name: null, operator_name: 'Ann', page_url: '' });
	expect(filled).toBe('Hello {{visitor_name}}, Ann here. {{visitor_name}}: {{page_url}}');
	expect(gapsOf(filled)).toEqual(['visitor_name', 'page_url']);
});

it('puts a value in once: what it says is not a variable', () => {
	expect(
		fill('{{visitor_name}}', { visitor_name: '{{operator_name}}', operator_name: 'Ann' })
	).toBe('{{operator_name}}');
});

it('takes braces that are no variable for text', () => {
	expect(gapsOf('Write {{your_name}} or {} there')).toEqual([]);
	expect(partsOf('a {{x}} b')).toEqual([{ text: 'a {{x}} b', variable: null, from: 0 }]);
});

it('tells where each gap stands', () => {
	expect(partsOf('Hi {{visitor_name}}!')).toEqual([
		{ text: 'Hi ', variable: null, from: 0 },
		{ text: '{{visitor_name}}', variable: 'visitor_name', from: 3 },
		{ text: '!', variable: null, from: 19 }
	]);
	expect(partsOf('')).toEqual([]);
});

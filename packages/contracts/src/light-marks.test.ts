import { expect, it } from 'vitest';
import { marksIn, withoutMarks } from './light-marks.ts';

it.each([
	['so **very good**!', [{ text: 'so ' }, { text: 'very good', mark: 'strong' }, { text: '!' }]],
	['*a* _б_', [{ text: 'a', mark: 'em' }, { text: ' ' }, { text: 'б', mark: 'em' }]],
	['(~~10~~ 8 €)', [{ text: '(' }, { text: '10', mark: 'del' }, { text: ' 8 €)' }]],
	['run `npm i`', [{ text: 'run ' }, { text: 'npm i', mark: 'code' }]],
	['1\n**2**\n3', [{ text: '1\n' }, { text: '2', mark: 'strong' }, { text: '\n3' }]],
	['**<b>x</b>**', [{ text: '<b>x</b>', mark: 'strong' }]]
])('reads the marks of %j', (text, stretches) => {
	expect(marksIn(text)).toEqual(stretches);
});

it.each([
	'snake_case_name and __init__',
	'2 * 3 * 4, 5*6*7',
	'* one\n* two',
	'¯\\_(ツ)_/¯',
	'4111 **** **** 1111',
	'**not\nclosed** here',
	'{{visitor_name}} of /_next/_app',
	'f**k b**ch',
	'** a ** `',
	'<img src=x onerror=alert(1)>'
])('leaves %j as it is', (text) => {
	expect(marksIn(text)).toEqual([{ text }]);
});

it('tells a message without its signs', () => {
	expect(withoutMarks('Yes, **2 kg** of `Guji`, not 2 * 3')).toBe('Yes, 2 kg of Guji, not 2 * 3');
});

it('stays quick on a hostile text', () => {
	const begin = performance.now();
	for (const piece of ['*a ', '**a ', '`a _b ~~c ', ' *'])
		marksIn(piece.repeat(4000 / piece.length));
	expect(performance.now() - begin).toBeLessThan(500);
});

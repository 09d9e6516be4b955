import { expect, it } from 'vitest';
import { toCsv } from './csv.ts';

it('writes one row a line, with a mark for spreadsheets', () => {
	expect(
		toCsv([
			['Сторінка', 'n'],
			['a,b', 2.5],
			['say "hi"\n', null]
		])
	).toBe('\uFEFFСторінка,n\r\n"a,b",2.5\r\n"say ""hi""\n",\r\n');
});

it('parts columns as spreadsheets with decimal commas read them', () => {
	expect(toCsv([['a;b', 2.5, 'c']], true)).toBe('\uFEFF"a;b";2,5;c\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('takes the force from %j', (text) => {
	const [line = ''] = toCsv([[text]])
		.slice(1)
		.split('\r\n');
	expect(line.replace(/^"/, '')).toMatch(/^'/);
});

it('leaves numbers alone, also below zero', () => {
	expect(toCsv([[-3]])).toBe('\uFEFF-3\r\n');
});

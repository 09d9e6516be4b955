import { expect, it } from 'vitest';
import { parseArray, ResultTypes } from '../src/api/result-types.ts';

it.each([
	['{}', []],
	['{a,b}', ['a', 'b']],
	['{"a b","c,d","e\\"f","g\\\\h",""}', ['a b', 'c,d', 'e"f', 'g\\h', '']],
	['{NULL,"NULL"}', [null, 'NULL']],
	[
		'{{a,b},{c,NULL}}',
		[
			['a', 'b'],
			['c', null]
		]
	],
	['[0:1]={x,y}', ['x', 'y']],
	['{"{not,nested}","line\nbreak"}', ['{not,nested}', 'line\nbreak']]
])('reads the array %s', (text, expected) => {
	expect(parseArray(text, String)).toEqual(expected);
});

it('reads the elements of an array as their own type', () => {
	const types = new ResultTypes();
	types.elements = new Map([[1007, 23]]);
	expect(types.getTypeParser(1007)('{1,NULL,3}')).toEqual([1, null, 3]);
});

it.each([
	[1184, '2026-11-21 10:00:00.123456+00', '2026-11-21T10:00:00.123456+00:00'],
	[1184, 'infinity', 'infinity'],
	[20, '9007199254740993', 9007199254740993n],
	[1700, '12.50', 12.5],
	[701, 'NaN', 'NaN'],
	[16, 'f', false],
	[2950, '6f1e…', '6f1e…']
])('reads type %i: %s', (oid, text, expected) => {
	expect(new ResultTypes().getTypeParser(oid)(text)).toEqual(expected);
});

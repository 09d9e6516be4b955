import { expect, it } from 'vitest';
import { shortcutOf } from './shortcuts.ts';

const key = (values: object) => ({
	key: 'j',
	code: 'KeyJ',
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	shiftKey: false,
	isComposing: false,
	target: null,
	...values
});

it.each([
	['j', { key: 'j', code: 'KeyJ' }, 'next'],
	['J on a Ukrainian layout', { key: 'о', code: 'KeyJ' }, 'next'],
	['j on a Dvorak layout', { key: 'j', code: 'KeyC' }, 'next'],
	['a question mark on any key', { key: '?', code: 'Digit7' }, 'help'],
	['a slash', { key: '/', code: 'Slash' }, 'search'],
	['a slash on a Ukrainian layout', { key: '.', code: 'Slash' }, 'search'],
	['a full stop', { key: '.', code: 'Period' }, null],
	['a question mark on a Ukrainian layout', { key: ',', code: 'Slash', shiftKey: true }, 'help'],
	['x', { key: 'x', code: 'KeyX' }, 'select'],
	['x with Shift', { key: 'X', code: 'KeyX', shiftKey: true }, 'select_range'],
	['J with Shift', { key: 'J', code: 'KeyJ', shiftKey: true }, 'next'],
	['a bracket on a Ukrainian layout', { key: 'х', code: 'BracketLeft' }, 'list'],
	['Ctrl+R', { key: 'r', code: 'KeyR', ctrlKey: true }, null],
	['a key while composing', { isComposing: true }, null],
	['a key in a field', { target: { closest: () => ({}) } }, null],
	['a key elsewhere', { target: { closest: () => null } }, 'next'],
	['an arrow', { key: 'ArrowDown', code: 'ArrowDown' }, null]
])('reads %s', (_, values, shortcut) => {
	expect(shortcutOf(key(values))).toBe(shortcut);
});

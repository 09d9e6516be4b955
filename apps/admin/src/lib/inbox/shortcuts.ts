export type Shortcut =
	| 'next'
	| 'previous'
	| 'reply'
	| 'note'
	| 'close'
	| 'mine'
	| 'assign'
	| 'snooze'
	| 'labels'
	| 'follow'
	| 'transfer'
	| 'select'
	| 'select_range'
	| 'list'
	| 'card'
	| 'undo'
	| 'search'
	| 'help';

const byLetter: Record<string, Shortcut> = {
	j: 'next',
	k: 'previous',
	r: 'reply',
	n: 'note',
	e: 'close',
	m: 'mine',
	a: 'assign',
	s: 'snooze',
	l: 'labels',
	f: 'follow',
	t: 'transfer',
	x: 'select',
	z: 'undo',
	bracketleft: 'list',
	bracketright: 'card'
};

type Key = Pick<
	KeyboardEvent,
	'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing' | 'target'
>;

/** What a key means, unless it is meant for a field or the browser. */
export function shortcutOf(event: Key): Shortcut | null {
	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
	if (takesText(event.target)) return null;
	if (event.key === '?') return 'help';
	// A Cyrillic layout writes a full stop and a comma there.
	if (event.key === '/' || (event.key === '.' && event.code === 'Slash')) return 'search';
	if (event.key === ',' && event.code === 'Slash') return 'help';
	const latin = /^[a-z]$/i.test(event.key);
	// On a Cyrillic layout the key that says J writes О: its place decides.
	const letter = latin ? event.key.toLowerCase() : event.code.replace('Key', '').toLowerCase();
	const shortcut = byLetter[letter] ?? null;
	return shortcut === 'select' && event.shiftKey ? 'select_range' : shortcut;
}

function takesText(target: EventTarget | null): boolean {
	if (target === null || !('closest' in target)) return false;
	return (target as Element).closest('input, textarea, select, [contenteditable], dialog') !== null;
}

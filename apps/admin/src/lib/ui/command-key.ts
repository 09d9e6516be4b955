/** What the key that begins a browser's own shortcuts is called here. */
export const commandKey = (): string =>
	/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** Puts values into `{name}` places. */
export const filled = (text: string, values: Record<string, string | number>): string =>
	text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

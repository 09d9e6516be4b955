/** Values as the hosted server, which is written in Elixir, prints them in its error texts. */
export function elixir(value: unknown): string {
	if (value === null || value === undefined) return 'nil';
	if (Array.isArray(value)) return `[${value.map(elixir).join(', ')}]`;
	if (typeof value !== 'object') return JSON.stringify(value);
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return `%{${entries.map(([key, entry]) => `${elixir(key)} => ${elixir(entry)}`).join(', ')}}`;
}

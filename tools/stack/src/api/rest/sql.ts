/** The values of a statement; the same structure of a request gives the same text, so it is prepared once. */
export class Parameters {
	readonly values: (string | null)[] = [];

	/** The placeholder of a value that Postgres reads as whatever type stands beside it. */
	add(value: string | null): string {
		this.values.push(value);
		return `$${this.values.length}`;
	}
}

export function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, name }: { schema: string; name: string }): string {
	return `${identifier(schema)}.${identifier(name)}`;
}

export function literal(text: string): string {
	const quoted = `'${text.replaceAll("'", "''")}'`;
	return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** `{"a","b"}` */
export function arrayLiteral(values: readonly string[]): string {
	const quoted = values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`);
	return `{${quoted.join(',')}}`;
}

/** As `JSON.stringify` does, but without asking `toJSON`: old libraries give all arrays of a page a wrong one. */
export function toJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(toJson).join()}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
	const members = Object.entries(value).filter(([, member]) => member !== undefined);
	return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`).join()}}`;
}

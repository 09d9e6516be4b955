/** Functions and symbols have no JSON, which the types of TypeScript do not say. */
const primitive = JSON.stringify as (value: unknown) => string | undefined;

/** As `JSON.stringify` does, but without asking `toJSON`: old libraries give all arrays of a page a wrong one. */
export function toJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(toJson).join()}]`;
	if (typeof value !== 'object' || value === null) return primitive(value) ?? 'null';
	const members = Object.entries(value).filter(([, member]) => member !== undefined);
	return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`).join()}}`;
}

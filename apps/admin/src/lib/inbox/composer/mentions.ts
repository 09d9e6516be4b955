/** Somebody who can be named. */
export interface Nameable {
	id: string;
	display_name: string;
}

export interface MentionPart {
	text: string;
	/** Whose name it is: of several people who are called the same. */
	ids: readonly string[];
}

const wordAfter = /^[\p{L}\p{N}]/u;

/** A note cut into text and `@names`; the longest name that fits counts. */
export function mentionParts(text: string, people: readonly Nameable[]): MentionPart[] {
	const byLength = [...people].sort((a, b) => b.display_name.length - a.display_name.length);
	const parts: MentionPart[] = [];
	let from = 0;
	for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
		const rest = text.slice(at + 1);
		const person = byLength.find(
			({ display_name: name }) =>
				name !== '' && rest.startsWith(name) && !wordAfter.test(rest.slice(name.length))
		);
		if (!person || at < from) continue;
		const { display_name: name } = person;
		if (at > from) parts.push({ text: text.slice(from, at), ids: [] });
		const ids = people.filter((one) => one.display_name === name).map(({ id }) => id);
		from = at + 1 + name.length;
		parts.push({ text: text.slice(at, from), ids });
	}
	if (from < text.length) parts.push({ text: text.slice(from), ids: [] });
	return parts;
}

/** Who is named; of people with the same name those who were `picked` from the list, or all. */
export function mentioned(
	text: string,
	people: readonly Nameable[],
	picked: ReadonlySet<string>
): string[] {
	const ids = mentionParts(text, people).flatMap((part) => {
		const meant = part.ids.filter((id) => picked.has(id));
		return meant.length > 0 ? meant : part.ids;
	});
	return [...new Set(ids)];
}

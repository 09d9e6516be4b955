import type { Desk } from '../../desk.ts';
import { Team } from './team.svelte.ts';
import { TemplateBook } from './template-book.svelte.ts';

interface Books {
	templates: TemplateBook;
	team: Team;
}

const known = new WeakMap<Desk, Books>();

/** What the lists of the composer show, kept as long as the page. */
export function booksOf(desk: Desk): Books {
	const there = known.get(desk);
	if (there) return there;
	const { rest, call, membership } = desk;
	const made = {
		templates: new TemplateBook(rest, call, membership.me.id),
		team: new Team(rest, call)
	};
	known.set(desk, made);
	return made;
}

import type { Actor } from './actors.ts';
import type { Place, Thread } from './thread.ts';

/** Texts that no answer to the actor may carry; every message body names an id of these. */
export type Secrets = Partial<Record<Actor, readonly string[]>>;

/** Whose threads each actor may not see. The service sees all. */
const hidden: Record<Exclude<Actor, 'svc'>, readonly Place[]> = {
	own: ['foreign'],
	adm: ['foreign'],
	opr: ['second', 'foreign'],
	una: ['ver', 'unv', 'oth', 'blk', 'second', 'foreign'],
	ver: ['unv', 'oth', 'blk', 'second', 'foreign'],
	unv: ['ver', 'oth', 'blk', 'second', 'foreign'],
	oth: ['ver', 'unv', 'blk', 'second', 'foreign'],
	// Not even what it wrote itself.
	blk: ['ver', 'unv', 'oth', 'blk', 'second', 'foreign'],
	pas: ['ver', 'unv', 'oth', 'blk', 'second', 'foreign'],
	str: ['ver', 'unv', 'oth', 'blk', 'second'],
	rem: ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']
};

export function secretsOf(threads: Record<Place, Thread>): Secrets {
	const secrets: Partial<Record<Actor, string[]>> = {};
	for (const [actor, places] of Object.entries(hidden) as [keyof typeof hidden, Place[]][]) {
		secrets[actor] = places.flatMap((place) => {
			const { id, visitor, messages, files } = threads[place];
			return [id, visitor, ...messages, ...Object.values(files)];
		});
	}
	for (const actor of ['ver', 'unv', 'oth'] as const) {
		// A private note of one's own conversation, and the file that hangs on it.
		secrets[actor]?.push(threads[actor].messages[2], threads[actor].files.note);
	}
	for (const actor of Object.keys(hidden) as (keyof typeof hidden)[]) {
		const { organization, operator } = actor === 'str' ? threads.ver : threads.foreign;
		secrets[actor]?.push(organization, operator);
	}
	return secrets;
}

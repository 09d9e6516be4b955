import type { Actor } from './actors.ts';
import type { Place, Thread } from './world.ts';

/** Texts that no answer to the actor may carry; every message body names an id of these. */
export type Secrets = Partial<Record<Actor, readonly string[]>>;

/** Whose threads each actor may not see. The service sees all. */
const hidden: Record<Exclude<Actor, 'svc'>, readonly Place[]> = {
	own: ['foreign'],
	adm: ['foreign'],
	opr: ['second', 'foreign'],
	una: ['ver', 'unv', 'oth', 'second', 'foreign'],
	ver: ['unv', 'oth', 'second', 'foreign'],
	unv: ['ver', 'oth', 'second', 'foreign'],
	oth: ['ver', 'unv', 'second', 'foreign'],
	pas: ['ver', 'unv', 'oth', 'second', 'foreign'],
	str: ['ver', 'unv', 'oth', 'second'],
	rem: ['ver', 'unv', 'oth', 'second', 'foreign']
};

export function secretsOf(threads: Record<Place, Thread>): Secrets {
	const secrets: Partial<Record<Actor, string[]>> = {};
	for (const [actor, places] of Object.entries(hidden) as [keyof typeof hidden, Place[]][]) {
		secrets[actor] = places.flatMap((place) => {
			const { id, visitor, messages } = threads[place];
			return [id, visitor, ...messages];
		});
	}
	for (const actor of ['ver', 'unv', 'oth'] as const) {
		// A private note of one's own conversation.
		secrets[actor]?.push(threads[actor].messages[2]);
	}
	for (const actor of Object.keys(hidden) as (keyof typeof hidden)[]) {
		const { organization, operator } = actor === 'str' ? threads.ver : threads.foreign;
		secrets[actor]?.push(organization, operator);
	}
	return secrets;
}

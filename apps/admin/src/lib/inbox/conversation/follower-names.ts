import type { InboxConversation } from '@chatiq/contracts/conversation';
import { m } from '@chatiq/i18n/console';
import type { Person } from '#lib/session/membership.ts';

/** Who hears of a conversation without having it; empty when nobody does. */
export function followerNames(
	{ follower_ids }: Pick<InboxConversation, 'follower_ids'>,
	people: ReadonlyMap<string, Person>
): string {
	const names = follower_ids.flatMap((id) => people.get(id)?.display_name ?? []);
	return names.length === 0 ? '' : m.followers_are({ names: names.join(', ') });
}

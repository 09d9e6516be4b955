import type { Enums } from '@chatiq/contracts/database';
import type { Backend } from '#lib/session/backend.ts';
import { soon, type Call } from '../call.ts';
import type { DraftApi, Texts } from './draft-sync.ts';
import type { Mode } from './writing.svelte.ts';

const visibility: Record<Mode, Enums<'message_visibility'>> = { reply: 'public', note: 'team' };

export function draftApi(rest: () => Backend['rest'], call: Call): DraftApi {
	return {
		async read(conversationId) {
			const rows = await call<{ visibility: Enums<'message_visibility'>; body: string }[]>(() =>
				rest()
					.from('drafts')
					.select('visibility, body')
					.eq('conversation_id', conversationId)
					.abortSignal(soon())
			);
			const texts: Texts = {};
			for (const row of rows) texts[row.visibility === 'team' ? 'note' : 'reply'] = row.body;
			return texts;
		},
		async save(conversation_id, mode, body) {
			await call(() =>
				rest()
					.rpc('save_draft', { conversation_id, visibility: visibility[mode], body })
					.abortSignal(soon())
			);
		}
	};
}

import type { Json } from '@chatiq/contracts/database';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';

/** A rule about silence falls due, or an event whose rules failed is tried again; SQL knows whether it still counts. */
export const autoReplyKind = kind(
	z.looseObject({ conversation_id: z.uuid() }),
	async (payload, { client }) => {
		const { error } = await client.rpc('run_auto_reply', { payload: payload as Json });
		if (error) throw refusal(error);
	}
);

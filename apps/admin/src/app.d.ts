import type { SupabaseClient } from '@supabase/supabase-js';
import type { InboxPage } from '@chatiq/contracts/conversation';
import type { Database } from '@chatiq/contracts/database';
import type { InboxFilter } from '#lib/inbox/list/filter.ts';

declare global {
	namespace App {
		interface Error {
			/** The page could not be fetched. */
			unreachable?: boolean;
		}

		interface Locals {
			/** Acts as the signed-in operator, under RLS; there is no other client in this app. */
			supabase: SupabaseClient<Database>;
			/** From verified claims; null when nobody is signed in. */
			user: { id: string; email: string } | null;
		}

		interface PageData {
			/** The inbox's list as its page was drawn; other pages know none. */
			filter?: InboxFilter;
			firstPage?: InboxPage | null;
		}
	}
}

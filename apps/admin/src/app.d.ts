import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '@chatiq/contracts/database';

declare global {
	namespace App {
		interface Locals {
			/** Acts as the signed-in operator, under RLS; there is no other client in this app. */
			supabase: SupabaseClient<Database>;
			/** From verified claims; null when nobody is signed in. */
			user: { id: string; email: string } | null;
		}
	}
}

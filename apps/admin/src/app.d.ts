import type { Supabase } from '#lib/session/supabase.ts';

declare global {
	namespace App {
		interface Locals {
			/** Acts as the signed-in operator, under RLS; there is no other client in this app. */
			supabase: Supabase;
			/** From verified claims; null when nobody is signed in. */
			user: { id: string; email: string } | null;
		}
	}
}

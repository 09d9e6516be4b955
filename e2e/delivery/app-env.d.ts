/** Kit makes this module; only types of the file that imports it are used here. */
declare module '$app/env/public' {
	export const SUPABASE_URL: string;
	export const SUPABASE_PUBLISHABLE_KEY: string;
}

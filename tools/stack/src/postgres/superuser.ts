/** Owns the cluster. On hosted projects, too, it is not a role that people get. */
export const superuser = 'supabase_admin';

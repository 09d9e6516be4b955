/** As in supabase/config.toml; Auth has the last word. */
export const passwordMinLength = 10;

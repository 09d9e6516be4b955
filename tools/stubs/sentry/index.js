// @supabase/lite lists this package but never needs it on our path; the stub keeps ~140 MB out of the install.
export default {};

-- "The chat does not appear" had a list of guesses. The function `check-page` fetches the page and says which it is; who
-- may ask, how often, and what an address or a key found there means, is said here.
-- security definer: rate limits are written by functions alone.
create function public.begin_page_check(site_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site constant public.sites := app.require_site_admin(begin_page_check.site_id);
begin
  perform app.take_slow_token('page-check:' || site.organization_id, 30, 60);
end $$;
comment on function public.begin_page_check is
  'Whether the caller may have a page of this site fetched now: admins, thirty at once and sixty an hour of an organisation.';

-- security definer: retired keys are not for everybody.
create function public.judge_page(site_id uuid, origin text, keys text[]) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  site constant public.sites := app.require_site_admin(judge_page.site_id);
begin
  return jsonb_build_object(
    'origin_allowed', app.origin_allowed(site.allowed_origins, judge_page.origin),
    'code', case
      when site.site_key = any (keys) then 'found'
      when exists (
        select from public.retired_site_keys as r
        where r.site_id = site.id and r.site_key = any (judge_page.keys) and r.valid_until > now()
      ) then 'retiring'
      when exists (
        select from public.retired_site_keys as r where r.site_id = site.id and r.site_key = any (judge_page.keys)
      ) then 'retired'
      when cardinality(keys) > 0 then 'other'
      else 'missing'
    end
  );
end $$;
comment on function public.judge_page is
  'Whether the site lets this origin in, and what the keys that stand on a page are: found, retiring (good for a while), retired, other, missing.';
grant execute on function public.begin_page_check, public.judge_page to authenticated;

-- What a page's address may carry beyond the path (tokens, addresses, orders) is nobody's business here.
create function app.clean_address(url text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  plain constant text := regexp_replace(regexp_replace(url, '[?#].*$', ''), '^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/@]*@', '\1');
  campaign constant text := (
    select string_agg(part, '&' order by place)
    from unnest(string_to_array(substring(url from '\?([^#]*)'), '&')) with ordinality as parts (part, place)
    where part ~ '^utm_(source|medium|campaign|term|content)=.'
  );
begin
  return nullif(left(plain || coalesce('?' || campaign, ''), 2000), '');
end $$;
comment on function app.clean_address is
  'An address of the web without user, fragment and query, but for the five utm_ parameters, which name a campaign.';

create function app.device_of(agent text) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if agent is null or agent = '' then
    return null;
  end if;
  return jsonb_build_object(
    'browser', case
      when agent ~ 'Edg(e|A|iOS)?/' then 'Edge'
      when agent ~ '(OPR|OPT|Opera)/' then 'Opera'
      when agent ~ 'SamsungBrowser/' then 'Samsung Internet'
      when agent ~ '(Firefox|FxiOS)/' then 'Firefox'
      when agent ~ '(Chrome|CriOS|Chromium)/' then 'Chrome'
      when agent ~ 'Version/.*Safari/' then 'Safari'
    end,
    'system', case
      when agent ~ '(iPhone|iPad|iPod)' then 'iOS'
      when agent ~ 'Android' then 'Android'
      when agent ~ 'Windows' then 'Windows'
      when agent ~ 'CrOS' then 'ChromeOS'
      when agent ~ 'Mac OS X|Macintosh' then 'macOS'
      when agent ~ 'Linux|X11' then 'Linux'
    end,
    'kind', case
      when agent ~ 'iPad|Tablet' or (agent ~ 'Android' and agent !~ 'Mobile') then 'tablet'
      when agent ~ 'Mobile|iPhone|iPod' then 'phone'
      when agent ~ 'Windows|Macintosh|Linux|X11|CrOS' then 'computer'
    end
  );
end $$;
comment on function app.device_of is 'Browser, system and kind of device that a User-Agent tells, each null when it does not; its exact versions would tell people apart.';

alter table public.visitors add column device jsonb, add column campaign_url text check (char_length(campaign_url) <= 2000);
comment on column public.visitors.device is '{browser, system, kind} of the browser that wrote last, by its User-Agent, which itself is not kept.';
comment on column public.visitors.campaign_url is 'The last page whose address named a campaign (utm_ parameters).';

create function app.note_browser() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  new.page_url := app.clean_address(new.page_url);
  new.referrer := app.clean_address(new.referrer);
  if new.page_url like '%?utm\_%' then
    new.campaign_url := new.page_url;
  end if;
  if app.visitor_claim('visitor_id') = new.id then
    new.device := coalesce(
      app.device_of(nullif(current_setting('request.headers', true), '')::jsonb ->> 'user-agent'), new.device
    );
  end if;
  return new;
end $$;
comment on function app.note_browser is 'Before a visitor is written: its addresses without secrets, and which browser it uses.';

create trigger note_browser before insert or update of page_url, referrer, last_seen_at on public.visitors
for each row execute function app.note_browser();

update public.visitors set page_url = page_url, referrer = referrer
where page_url ~ '[?#@]' or referrer ~ '[?#@]';
